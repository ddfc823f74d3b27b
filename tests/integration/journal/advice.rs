//! What `runs` advises to type, and what it shows of what was typed: a shell takes both.

use super::House;

#[cfg(unix)]
#[tokio::test]
async fn what_was_typed_can_be_typed_again() {
    let house = House::new().await;
    let words = ["cancel", "datafold", "123", "--reason", "it's  \"wrong\" $HOME", "--state", "running"];
    assert!(house.run(&words).await.status.success());
    for view in [&["runs", "show", "last"][..], &["runs", "list"]] {
        let output = house.run(view).await;
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, typed) = text.split_once("jobctl cancel").unwrap();
        let typed = typed.lines().next().unwrap().split("  (it's").next().unwrap();
        let script = format!("printf '%s\\n' cancel{typed}");
        let read = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(read.stdout).unwrap().lines().collect::<Vec<_>>(), words, "{view:?}");
    }
}
