#include <vector>

struct Picture {
	std::vector<int> rows = std::vector<int>(4);
	int &row(int i) { return rows.data()[i]; }
};

int main() {
	Picture p;
	p.row(4) = 1;
}
