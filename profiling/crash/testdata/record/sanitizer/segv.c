static int read_it(volatile int *p) { return *p; }

int main(void) { return read_it(0); }
