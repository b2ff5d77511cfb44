// What C++ calls std::terminate for.
#include <stdexcept>
#include <string>
#include <thread>

#include "truth.h"

static void brew()
{
	throw std::runtime_error("out of coffee");
}

static void silent() noexcept
{
	brew();
}

struct Base {
	Base() { call(); }
	virtual ~Base() = default;
	void call() { work(); }
	virtual void work() = 0;
};

struct Derived : Base {
	void work() override {}
};

int main(int argc, char **argv)
{
	std::string mode = argc > 1 ? argv[1] : "";
	if (mode == "throw") {
		CRASH("exception", "'signal': 'SIGABRT', 'type': 'std::runtime_error', 'headline': ['std::runtime_error', 'out of coffee'], 'format': 'c++ terminate'");
		brew();
	} else if (mode == "noexcept") {
		CRASH("exception", "'signal': 'SIGABRT', 'type': 'std::runtime_error', 'headline': ['out of coffee'], 'format': 'c++ terminate'");
		silent();
	} else if (mode == "int") {
		CRASH("exception", "'signal': 'SIGABRT', 'type': 'int', 'headline': ['int'], 'format': 'c++ terminate'");
		throw 7;
	} else if (mode == "thread") {
		CRASH("exception", "'signal': 'SIGABRT', 'headline': ['terminate'], 'format': 'c++ terminate'");
		std::thread t([] {});
		// it is neither joined nor detached
	} else if (mode == "virtual") {
		CRASH("exception", "'signal': 'SIGABRT', 'headline': ['pure virtual'], 'format': 'c++ terminate'");
		Derived d;
	} else if (mode == "caught") {
		try {
			brew();
		} catch (const std::exception &e) {
			fprintf(stderr, "skipped: %s\n", e.what());
		}
		REACHED();
		return 0;
	}
	return 98;
}
