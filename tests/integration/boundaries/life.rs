//! A database's whole life, command by command: every phase forwards, and every phase back.

use std::io::Write;

use crate::data;
use crate::phase3::{attest, backup_to_file};
use crate::world::World;

/// A command of the life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Phase1,
    Phase2,
    Phase3,
    Phase4,
    Rollback4,
    Undrop,
    Rollback2,
    Rollback1,
}

/// Up and down again by one step.
pub const FIRST_STEP: &[Stage] = &[Stage::Phase1, Stage::Rollback1];

/// Up and down all the way; the first step is struck in lives of its own.
pub const ALL_THE_WAY: &[Stage] = &[
    Stage::Phase1,
    Stage::Phase2,
    Stage::Phase3,
    Stage::Phase4,
    Stage::Rollback4,
    Stage::Undrop,
    Stage::Rollback2,
];

/// What is measured in time or in large numbers says nothing about a few rows on a busy machine.
const CONFIGURATION: &str = "phase1.slowdown_times = 1000\n\
                             phase2.deduplication_percent = 0\n\
                             phase3.soak_days = 0\n\
                             phase3.size_reduction_percent = 0\n\
                             phase3.error_free_days = 0\n\
                             phase4.lookup_p50_us = 1000000\n\
                             phase4.lookup_p99_us = 1000000\n\
                             phase4.observation_hours = 0\n";

impl Stage {
    fn line(self) -> &'static str {
        match self {
            Self::Phase1 => "migrate phase1",
            // Batches of two embeddings.
            Self::Phase2 => "migrate phase2 --workers 1 --batch-components 12",
            Self::Phase3 => "migrate phase3 --confirm EmbeddingVector",
            Self::Phase4 => "migrate phase4 --batch-rows 2",
            Self::Rollback4 => "rollback phase4",
            Self::Undrop => "rollback phase3 --batch-components 4000",
            Self::Rollback2 => "rollback phase2 --batch-components 12",
            Self::Rollback1 => "rollback phase1",
        }
    }
}

/// The database and what has to live as long as it.
pub struct Life {
    pub world: World,
    configuration: tempfile::NamedTempFile,
    backups: Vec<tempfile::TempPath>,
}

impl Life {
    /// Before the migration: a system-versioned baseline, five embeddings of six components, one row without a vector.
    pub fn begin() -> Self {
        let world = World::system_versioned();
        let mut embeddings = data::coarse(5, 6, 801);
        embeddings.push(data::Embedding {
            model: Some(2),
            values: None,
            ..data::coarse(1, 6, 802).remove(0)
        });
        world.load(&embeddings);
        let mut configuration = tempfile::NamedTempFile::new().unwrap();
        configuration.write_all(CONFIGURATION.as_bytes()).unwrap();
        Self {
            world,
            configuration,
            backups: Vec::new(),
        }
    }

    /// What people do before the command.
    pub fn prepare(&mut self, stage: Stage) {
        match stage {
            Stage::Phase2 => self.world.backup(),
            Stage::Phase3 => {
                self.backups.push(backup_to_file(&self.world));
                for subject in ["regression-suite", "applications-moved", "benchmark"] {
                    attest(&self.world, subject).exits(0);
                }
            }
            Stage::Phase4 => drop(attest(&self.world, "no-application-errors").exits(0)),
            _ => {}
        }
    }

    pub fn arguments(&self, stage: Stage) -> Vec<String> {
        let mut arguments: Vec<String> = stage.line().split(' ').map(str::to_owned).collect();
        if stage == Stage::Phase4 {
            arguments.push("--create-filegroup".to_owned());
            arguments.push(crate::phase4::container(&self.world));
        }
        arguments.push("--config".to_owned());
        arguments.push(self.configuration.path().display().to_string());
        arguments
    }
}
