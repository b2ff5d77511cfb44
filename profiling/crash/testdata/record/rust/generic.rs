fn apply<F: Fn(i32) -> i32>(f: F) -> Vec<i32> {
    (0..3).map(|n| f(n)).collect()
}

fn main() {
    println!("{:?}", apply(|n| 10 / n));
}
