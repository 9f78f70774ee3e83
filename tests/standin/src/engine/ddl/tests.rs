use super::expression_text::{expression_text, filter_text};

fn scalar(text: &str) -> String {
    expression_text(&crate::syntax::parse_scalar(text).expect("a scalar"))
}

#[test]
fn defaults_are_written_as_the_catalog_does() {
    assert_eq!(scalar("0"), "((0))");
    assert_eq!(scalar("N'semantic'"), "(N'semantic')");
    assert_eq!(scalar("SYSUTCDATETIME()"), "(sysutcdatetime())");
    assert_eq!(scalar("@@SPID"), "(@@spid)");
    assert_eq!(scalar("-1"), "((-1))");
}

#[test]
fn checks_turn_in_into_or() {
    let check =
        crate::syntax::parse_condition("request IN (N'none', N'stop')").expect("a condition");
    assert_eq!(
        expression_text(&check),
        "([request]=N'stop' OR [request]=N'none')"
    );
    let filter = crate::syntax::parse_condition("CoordX IS NOT NULL").expect("a condition");
    assert_eq!(filter_text(&filter), "([CoordX] IS NOT NULL)");
}
