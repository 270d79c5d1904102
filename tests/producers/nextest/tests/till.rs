//! A till whose answers depend on how often it was asked.

use std::fs;

fn attempt(name: &str) -> u32 {
    let path = std::env::temp_dir().join(format!("till-{name}"));
    let count = fs::read_to_string(&path).ok().and_then(|text| text.parse().ok()).unwrap_or(0) + 1;
    fs::write(path, format!("{count}")).unwrap();
    count
}

#[test]
fn passes_the_second_time() {
    let count = attempt("second");
    println!("try {count}");
    assert!(count >= 2, "try {count}: gateway busy");
}

#[test]
fn never_passes() -> Result<(), String> {
    Err(format!("try {}: no answer", attempt("never")))
}

#[test]
fn prints_colours() {
    println!("\u{1b}[31mred\u{1b}[0m bell\u{7} nul\u{0} ]]> <b> & ☕");
    panic!("\u{1b}[1mbold\u{1b}[0m bell\u{7} ]]>");
}

#[test]
fn größe_ist_ok() {}

#[test]
fn aborts() {
    std::process::abort();
}

#[test]
fn slow() {
    std::thread::sleep(std::time::Duration::from_secs(20));
}
