//! A login of its own with the grants of docs/security.md, and no more, can do phases 1 and 2, and phase 4.

use crate::data;
use crate::process::{Ran, finish};
use crate::world::World;

const SECURITY: &str = include_str!("../../docs/security.md");
pub const PASSWORD: &str = "Long-enough-42-words!";

/// The scripts of the page in their order, for this database and a login of this name.
pub fn scripts(database: &str, login: &str) -> Vec<String> {
    let page = SECURITY
        .replace("USE Hartonomous;", &format!("USE [{database}];"))
        .replace("hartonomous_migrator", login)
        .replace("<a long one>", PASSWORD);
    page.split("```sql\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_grants_of_the_security_page_suffice_for_phases_1_and_2() {
    let world = World::new();
    world.load(&data::coarse(24, 40, 17));
    let database = world.value("SELECT DB_NAME()").unwrap();
    let login = format!("migrator_{database}");
    for script in scripts(&database, &login) {
        world.script(&script);
    }
    world.script(&format!("USE [{database}];"));
    // The last key of a connection string counts.
    let connection = format!(
        "{};User ID={login};Password={PASSWORD}",
        world.connection_string()
    );
    let run = |arguments: &[&str]| -> Ran {
        let mut command = world.command(arguments);
        command.env("HARTONOMOUS_CONNECTION", &connection);
        finish(arguments, command.spawn().unwrap())
    };
    let doctor = run(&["doctor", "--format", "json"]).exits(0).json();
    let session = doctor["session"].to_string();
    assert!(
        !session.contains("sysadmin") && !session.contains("db_owner"),
        "{session}"
    );
    run(&["migrate", "phase1"]).exits(0);
    world.backup();
    let phase2 = run(&["migrate", "phase2"]);
    assert!(matches!(phase2.code, Some(0 | 1)), "{phase2}");
    for signal in ["blocked", "version-store", "log"] {
        let read = world.value(&format!(
            "SELECT reading FROM hartonomous.signals WHERE signal = N'{signal}'"
        ));
        assert!(read.is_some(), "{signal} could not be read");
    }
    world.assert_invariants();
    run(&["pause"]).exits(0);
    run(&["resume"]).exits(0);
    run(&["status"]).exits(0);
    let report = run(&["validate", "--format", "json"]);
    assert!(
        report
            .gates("fail")
            .iter()
            .all(|gate| gate == "phase2.deduplication"),
        "{report}"
    );
    // Nothing beyond: the column is read and never written.
    let refused = world.try_batch(&format!(
        "EXECUTE AS USER = N'{login}'; DELETE FROM dbo.AtomEmbeddings; REVERT;"
    ));
    assert!(matches!(refused, Err((229, _))), "{refused:?}");
}

#[test]
fn the_grants_of_the_security_page_suffice_for_phase_4_and_its_rollback() {
    let world = crate::phase4::after_phase3();
    let database = world.value("SELECT DB_NAME()").unwrap();
    let login = format!("migrator_{database}");
    for script in scripts(&database, &login) {
        // The schema is there already.
        world.script(&script.replace("CREATE SCHEMA hartonomous AUTHORIZATION dbo;", "SELECT 1;"));
    }
    world.script(&format!("USE [{database}];"));
    let connection = format!(
        "{};User ID={login};Password={PASSWORD}",
        world.connection_string()
    );
    let run = |arguments: &[&str]| -> Ran {
        let mut command = world.command(arguments);
        command.env("HARTONOMOUS_CONNECTION", &connection);
        finish(arguments, command.spawn().unwrap())
    };
    let path = crate::phase4::container(&world);
    let file = crate::phase4::config("");
    let config = file.to_str().unwrap();
    run(&[
        "migrate",
        "phase4",
        "--create-filegroup",
        &path,
        "--config",
        config,
    ])
    .exits(0);
    assert_eq!(
        crate::phase4::copied(&world),
        crate::phase4::original(&world)
    );
    run(&["status"]).exits(0).shows("phase 4 complete");
    run(&["rollback", "phase4"]).exits(0);
    assert!(!crate::phase4::has_table(&world));
}
