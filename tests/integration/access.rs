//! What goes wrong on the way in: each its own message, exit code 3, and no secret anywhere.

use crate::data;
use crate::process::{Ran, finish, hartonomous};
use crate::world::{World, needs_stand_in};

fn status_with(connection_string: &str) -> Ran {
    let arguments = ["status"];
    let mut command = hartonomous(&arguments);
    command.env("HARTONOMOUS_CONNECTION", connection_string);
    finish(&arguments, command.spawn().unwrap())
}

#[test]
fn a_wrong_password_says_so() {
    let world = World::new();
    let wrong = format!("{};Password=not-{}", world.connection_string(), "this");
    let ran = status_with(&wrong)
        .exits(3)
        .says("login of '")
        .says("18456");
    assert!(!ran.to_string().contains("not-this"), "{ran}");
}

#[test]
fn an_unknown_database_says_so() {
    let world = World::new();
    let ran = status_with(&format!(
        "{};Database=no_such_database",
        world.connection_string()
    ))
    .exits(3);
    ran.says("database 'no_such_database'").says("4060");
}

#[test]
fn an_unreachable_server_says_so() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    status_with(&format!(
        "Server=127.0.0.1,{port};Database=d;User ID=u;Password=p"
    ))
    .exits(3)
    .says(&format!("cannot reach 127.0.0.1,{port}"))
    .says("firewall");
}

#[test]
fn a_certificate_that_nobody_vouches_for_says_so() {
    if needs_stand_in() {
        return;
    }
    let world = World::new();
    let (without, _) = world
        .connection_string()
        .split_once(";ServerCertificate=")
        .unwrap();
    status_with(without)
        .exits(3)
        .says("no trusted encrypted connection")
        .says("--ca");
    // Given up on demand only.
    status_with(&format!("{without};TrustServerCertificate=true")).exits(0);
}

#[test]
fn options_and_environment_reach_the_same_database() {
    let world = World::new();
    let endpoint = crate::database::endpoint(world.connection_string());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{}\nanother line\n", world.password())).unwrap();
    let server = format!("{},{}", endpoint.host, endpoint.port);
    let mut arguments = vec![
        "status",
        "--server",
        &server,
        "--database",
        &endpoint.database,
        "--user",
        &endpoint.user,
    ];
    let path = file.display().to_string();
    arguments.extend(["--password-file", &path]);
    let authority = match &endpoint.trust {
        hartonomous::connect::Trust::Authority(path) => Some(path.display().to_string()),
        _ => None,
    };
    match &authority {
        Some(path) => arguments.extend(["--ca", path]),
        None => arguments.push("--trust-server-certificate"),
    }
    finish(&arguments, hartonomous(&arguments).spawn().unwrap()).exits(0);
    // The same with the password in the environment; without any there is nobody to ask.
    let without: Vec<&str> = arguments
        .iter()
        .copied()
        .filter(|a| *a != "--password-file" && *a != path)
        .collect();
    let mut command = hartonomous(&without);
    command.env("HARTONOMOUS_PASSWORD", world.password());
    finish(&without, command.spawn().unwrap()).exits(0);
    finish(&without, hartonomous(&without).spawn().unwrap())
        .exits(2)
        .says("no password");
}

#[test]
fn what_cannot_be_tried_is_a_usage_error() {
    for (connection_string, text) in [
        ("Database=d", "no server given"),
        ("Server=h;Password=secret", "no database given"),
        ("Server=h\\INSTANCE;Database=d", "names an instance"),
        (
            "Server=h;Database=d;Integrated Security=true",
            "Integrated Security",
        ),
        (
            "Server=db1;Database=d;User ID=u;Password=secret;Encrypt=false",
            "a plaintext connection to 'db1' is refused",
        ),
        ("Server=h;Password='secret", "does not read"),
    ] {
        let ran = status_with(connection_string).exits(2).says(text);
        assert!(!ran.to_string().contains("secret"), "{ran}");
    }
    finish(
        &["no-such-command"],
        hartonomous(&["no-such-command"]).spawn().unwrap(),
    )
    .exits(2);
    let zero = ["migrate", "phase2", "--batch-components", "0"];
    finish(&zero, hartonomous(&zero).spawn().unwrap()).exits(2);
}

#[test]
fn errors_are_json_when_json_is_asked_for() {
    let arguments = ["status", "--format", "json"];
    let mut command = hartonomous(&arguments);
    command.env("HARTONOMOUS_CONNECTION", "Database=d");
    let ran = finish(&arguments, command.spawn().unwrap()).exits(2);
    let document = ran.json();
    assert_eq!(document["schema"], "hartonomous.error/1");
    assert_eq!(document["exit_code"], 2);
}

#[test]
fn the_password_is_in_no_argument_output_or_table() {
    let world = World::new();
    world.load(&data::coarse(2, 450, 61));
    let password = world.password().to_owned();
    let mut written = String::new();
    let mut collect = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        // Everything that can be logged, logged.
        command.env("HARTONOMOUS_LOG", "trace");
        let child = command.spawn().unwrap();
        if let Ok(line) = std::fs::read(format!("/proc/{}/cmdline", child.id())) {
            written.push_str(&String::from_utf8_lossy(&line));
        }
        written.push_str(&finish(arguments, child).to_string());
    };
    collect(&["doctor", "-vv"]);
    collect(&["migrate", "phase1", "-vv"]);
    world.backup();
    collect(&["migrate", "phase2", "-vv", "--progress", "json"]);
    collect(&["validate", "--format", "json", "-vv"]);
    collect(&["status", "-vv"]);
    assert!(
        written.contains("TRACE") || written.contains("DEBUG"),
        "nothing was logged"
    );
    assert!(
        !written.contains(&password),
        "the password is in the output"
    );
    for table in [
        "runs",
        "steps",
        "gate_results",
        "control",
        "fence",
        "key_ranges",
        "signals",
        "watermarks",
        "failed_embeddings",
    ] {
        for row in world.rows(&format!("SELECT * FROM hartonomous.{table}")) {
            assert!(
                !format!("{row:?}").contains(&password),
                "the password is in hartonomous.{table}"
            );
        }
    }
    let help = finish(&["--help"], hartonomous(&["--help"]).spawn().unwrap()).exits(0);
    assert!(!help.stdout.contains("--password "), "{help}");
}
