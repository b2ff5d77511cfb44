#include <cassert>
#include <string>

struct Picture {
	template <class T> void resize(T w) { assert(w > 0); }
};

int main() { Picture().resize(0); }
