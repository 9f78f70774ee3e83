use super::rows::{parse_spec, split_columns};
use super::*;

#[test]
fn every_column_list_is_readable() {
    for view in all().chain(backups::msdb_specs()) {
        let written = split_columns(view.spec).count();
        assert_eq!(parse_spec(view.spec).len(), written, "{}", view.name);
        assert!(written > 0, "{}", view.name);
    }
    for rowset in rowsets::ROWSETS {
        let written = split_columns(rowset.spec()).count();
        assert_eq!(parse_spec(rowset.spec()).len(), written, "{rowset:?}");
    }
}

#[test]
fn views_are_found_in_any_case() {
    assert!(lookup("SYS", "Tables").is_some());
    assert!(lookup("information_schema", "columns").is_some());
    assert!(lookup("dbo", "tables").is_none());
    assert!(lookup_msdb("dbo", "BackupSet").is_some());
}

#[test]
fn missing_values_take_the_default_of_the_list() {
    let mut rows = Rows::new("a int!=3, b char(2)=U, c nvarchar(10)");
    rows.push([("c", Value::varchar("x"))]);
    assert_eq!(
        rows.finish(),
        vec![vec![
            Value::Int(3),
            Value::varchar("U"),
            Value::nvarchar("x")
        ]]
    );
}
