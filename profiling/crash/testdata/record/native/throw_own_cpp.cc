#include <exception>
#include <string>

namespace app {
template <class T> struct Bad : std::exception {
	const char *what() const noexcept override { return "bad width"; }
};
}

int main() { throw app::Bad<std::string>(); }
