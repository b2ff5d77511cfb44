//! Rust's panics: see ../README.md. The argument says which.

use std::io::Write;
use std::{env, fs, panic, process, thread};

fn truth(line: &str) {
    let path = env::var("TRUTH").unwrap_or_else(|_| "/dev/stdout".into());
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all((line.replace('\'', "\"") + "\n").as_bytes()).unwrap();
}

fn crash(cause: &str, rest: &str) {
    truth(&format!("{{'crash': {{'pid': {}, 'cause': '{}', {}}}}}", process::id(), cause, rest));
}

fn take(shelf: &[&str], n: usize) -> String {
    crash("panic", &format!("'code': 101, 'type': 'panic', 'headline': ['index out of bounds'], 'frames': ['main.rs:{}'], 'format': 'rust panic'", line!() + 1));
    shelf[n].to_string()
}

fn main() {
    match env::args().nth(1).as_deref() {
        Some("index") => println!("{}", take(&["apples", "pears"], env::args().count() + 5)),
        Some("unwrap") => {
            crash("panic", &format!("'code': 101, 'headline': ['no such stock'], 'frames': ['main.rs:{}'], 'format': 'rust panic'", line!() + 1));
            Err::<(), _>("no such stock").unwrap();
        }
        Some("thread") => {
            crash("panic", &format!("'lives': true, 'headline': ['the feed is gone'], 'frames': ['main.rs:{}'], 'thread': 'poller', 'format': 'rust panic'", line!() + 1));
            let poll = thread::Builder::new().name("poller".into()).spawn(|| panic!("the feed is gone"));
            let _ = poll.unwrap().join();
            truth("{'reached': true}");
        }
        Some("caught") => {
            // What catch_unwind caught has been printed all the same; nothing in the text tells.
            crash("panic", "'lives': true, 'maybe': true");
            let _ = panic::catch_unwind(|| panic!("coped with"));
            truth("{'reached': true}");
        }
        Some("overflow") => {
            crash("panic", "'signal': 'SIGABRT', 'headline': ['stack|SIGABRT']");
            println!("{}", deep(1));
        }
        Some("code") => {
            crash("exit", "'code': 4, 'headline': ['4']");
            process::exit(4);
        }
        _ => process::exit(98),
    }
}

#[allow(unconditional_recursion)]
fn deep(n: u64) -> u64 {
    let kept = [n; 100];
    deep(n + 1) + std::hint::black_box(kept)[7]
}
