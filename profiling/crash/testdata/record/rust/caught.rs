fn main() {
    let r = std::panic::catch_unwind(|| panic!("caught"));
    eprintln!("goes on: {}", r.is_err());
}
