struct Resizer {
    width: u32,
}

impl Resizer {
    fn resize(&self, name: &str) {
        panic!("bad width {} of {}", self.width, name);
    }
}

fn main() {
    Resizer { width: 0 }.resize("a.jpg");
}
