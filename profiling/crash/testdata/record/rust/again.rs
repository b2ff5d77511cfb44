struct Handle;

impl Drop for Handle {
    fn drop(&mut self) {
        panic!("while unwinding");
    }
}

fn main() {
    let _h = Handle;
    panic!("first\nsecond line");
}
