//! What the demo does, in its order: forwards as far as the gates allow, and back.

use serde_json::Value;

use crate::arguments::{Arguments, Until};
use crate::commands::Commands;
use crate::database::{Database, Fingerprint};
use crate::summary::{self, Proof};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Runs the demo; its exit code.
pub fn tell(arguments: &Arguments) -> Outcome<u8> {
    println!(
        "Starting the stand-in and loading embeddings ({:?}) ...",
        arguments.precision
    );
    let database = Database::start(arguments)?;
    println!("{}\n", database.introduction());
    let mut story = Story {
        beginning: database.fingerprints()?,
        commands: Commands {
            database: &database,
            ran: Vec::new(),
        },
        proofs: Vec::new(),
        validated: Vec::new(),
    };
    let complete = story.decompose()?;
    if complete && arguments.until >= Until::Phase3 {
        story.remove_the_column()?;
    }
    if complete && arguments.until >= Until::Phase4 {
        story.copy_the_metadata()?;
    }
    if complete && arguments.until >= Until::End {
        story.go_back()?;
    }
    let exit = summary::print(&story.commands, &story.validated, &story.proofs)?;
    if arguments.keep {
        database.keep()?;
    }
    Ok(exit)
}

struct Story<'a> {
    commands: Commands<'a>,
    /// What the tables held before anything was done.
    beginning: Vec<Fingerprint>,
    proofs: Vec<Proof>,
    /// Gates as `validate` reported them on the way.
    validated: Vec<Value>,
}

impl Story<'_> {
    /// Phases 1 and 2; true when phase 2's criteria hold.
    fn decompose(&mut self) -> Outcome<bool> {
        heading("1. As far as the gates allow: phase 1, and then a backup is wanted");
        self.commands.run(&["doctor"], 0)?;
        self.commands.run(&["migrate", "all"], 1)?;
        say("The DBA takes the full backup that phase 2 asks for:");
        self.commands.database.backup("before-phase2.bak")?;
        heading("2. The same command carries on: phase 2 decomposes every vector and proves it");
        self.commands.run(&["migrate", "all"], 1)?;
        self.commands.run(&["status"], 0)?;
        self.validate("phase1")?;
        let complete = self.validate("phase2")?;
        if !complete {
            say("A criterion of phase 2 does not hold, so nothing goes on from here.");
        }
        Ok(complete)
    }

    /// Phase 3, what only time and people can give being waived and made up.
    fn remove_the_column(&mut self) -> Outcome<()> {
        heading("3. Phase 3 waits for 30 days and for people; a demo waives and makes up, visibly");
        self.commands
            .waive("phase3.soak", "a demo does not take 30 days")?;
        for subject in ["regression-suite", "applications-moved", "benchmark"] {
            self.commands.attest(subject)?;
        }
        say("And the backup that phase 3 asks for, which it reads again with its checksums:");
        self.commands.database.backup("before-phase3.bak")?;
        self.commands
            .run(&["migrate", "all", "--confirm", "EmbeddingVector"], 1)?;
        say("The column is gone. Seven days without an application error are waived too:");
        self.commands
            .waive("phase3.error_free", "a demo does not take 7 days")?;
        self.validate("phase3")?;
        Ok(())
    }

    /// Phase 4, a copy of the metadata in memory.
    fn copy_the_metadata(&mut self) -> Outcome<()> {
        heading("4. Phase 4: the metadata in a memory-optimised table");
        say(
            "How fast lookups are here says nothing about a server; a day of observation is too long for a demo:",
        );
        for gate in ["phase4.lookup_p50", "phase4.lookup_p99"] {
            self.commands
                .waive(gate, "the stand-in is no measure of a server's speed")?;
        }
        self.commands
            .waive("phase4.stable", "a demo does not take 24 hours")?;
        self.commands
            .waive("phase4.error_free", "a demo does not take 24 hours")?;
        let folder = self.commands.database.new_folder("memory");
        self.commands
            .run(&["migrate", "all", "--create-filegroup", &folder], 0)?;
        self.validate("phase4")?;
        Ok(())
    }

    /// Every criterion of the phase, for the summary; true when all of them hold.
    fn validate(&mut self, phase: &str) -> Outcome<bool> {
        let report = self.commands.capture(&[
            "validate",
            phase,
            "--format",
            "json",
            "--progress",
            "none",
        ])?;
        let report: Value = serde_json::from_str(&report)?;
        let gates = report["gates"].as_array().cloned().unwrap_or_default();
        self.validated.extend(gates);
        Ok(report["passed"] == true)
    }

    /// Every step back, and what it proves.
    fn go_back(&mut self) -> Outcome<()> {
        heading("5. Back again: the copy of the metadata goes");
        self.commands.run(&["rollback", "phase4"], 0)?;
        heading("6. The un-drop: the column rebuilt from the atoms, every vector proven");
        self.commands.run(&["rollback", "phase3"], 0)?;
        self.compare("rollback phase3", &["dbo.AtomEmbeddings"])?;
        heading("7. And the decomposition taken back");
        self.commands.run(&["rollback", "phase2"], 0)?;
        self.compare(
            "rollback phase2",
            &["dbo.AtomEmbeddings", "dbo.Atoms", "dbo.AtomRelations"],
        )
    }

    fn compare(&mut self, after: &'static str, tables: &[&str]) -> Outcome<()> {
        let now = self.commands.database.fingerprints()?;
        for (before, now) in self.beginning.iter().zip(now) {
            if tables.contains(&before.table) {
                self.proofs.push(Proof {
                    after,
                    equal: *before == now,
                    now,
                });
            }
        }
        Ok(())
    }
}

fn heading(text: &str) {
    println!("=== {text}\n");
}

fn say(text: &str) {
    println!("-- {text}");
}
