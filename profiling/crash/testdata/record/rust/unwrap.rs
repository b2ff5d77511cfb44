fn parse(s: &str) -> i32 {
    s.parse().unwrap()
}

fn main() {
    println!("{}", parse("twelve"));
}
