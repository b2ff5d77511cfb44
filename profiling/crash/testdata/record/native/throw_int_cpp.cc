int main() { throw 42; }
