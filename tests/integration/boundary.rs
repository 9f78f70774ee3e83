//! The product knows nothing of the stand-in, the stand-in nothing of the product.

use std::path::Path;

use crate::tidy::collect;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn offences(folder: &str, words: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    collect(root().join(folder), "rs", &mut files);
    assert!(!files.is_empty(), "no sources in {folder}");
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap().to_lowercase();
        for (at, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}: {}", file.display(), at + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn the_product_does_not_know_the_stand_in() {
    let found = offences("src", &["standin", "stand-in", "stand_in"]);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
    let dependencies = dependencies.split("[dependencies]").nth(1).unwrap();
    assert!(
        !dependencies.contains("standin"),
        "the product depends on the stand-in"
    );
}

#[test]
fn the_stand_in_does_not_know_the_product() {
    let found = offences(
        "tests/standin",
        &["hartonomous::", "extern crate hartonomous;"],
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
    let manifest = std::fs::read_to_string(root().join("tests/standin/Cargo.toml")).unwrap();
    let depends = manifest.lines().any(|line| {
        let name = line.split('=').next().unwrap_or_default().trim();
        name == "hartonomous" || line.contains("package = \"hartonomous\"")
    });
    assert!(!depends, "the stand-in depends on the product");
}
