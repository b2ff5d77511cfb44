use std::thread;

fn work(v: &[i32]) -> i32 {
    v[7]
}

fn main() {
    let t = thread::Builder::new().name("resizer 1".into()).spawn(|| work(&[1, 2])).unwrap();
    if t.join().is_err() {
        thread::spawn(|| panic!("unnamed")).join().unwrap_err();
    }
}
