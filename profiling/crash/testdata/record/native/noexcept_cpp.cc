#include <vector>

static void at() noexcept { std::vector<int>(3).at(5); }

int main() { at(); }
