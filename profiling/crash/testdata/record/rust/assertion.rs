fn main() {
    let n = std::env::args().count();
    assert_eq!(n, 7, "wrong number of arguments");
}
