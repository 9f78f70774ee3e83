//! The one integration binary: the real executable against a database of each test's own, on a stand-in in this process
//! or, with HARTONOMOUS_TEST_URL, on a real server. Each test is named for the promise that it holds.

mod access;
mod benchmarks;
mod boundaries;
mod boundary;
mod damage;
mod data;
mod database;
mod demo;
mod disturb;
mod failures;
#[path = "../bench/figures.rs"]
mod figures;
mod from_backup;
mod from_backup_disturbed;
mod gates_covered;
mod grammar;
mod grants;
mod interruptions;
mod load;
mod memory;
mod mistakes;
mod phase1;
mod phase2;
mod phase3;
mod phase3_disturbed;
mod phase4;
mod phase4_disturbed;
mod procedures;
mod process;
#[path = "../bench/processes.rs"]
mod processes;
mod promises;
mod proof;
mod refusals;
mod reports;
mod rollback;
mod rollback_phase1;
mod signals;
mod tidy;
mod undrop;
mod view;
mod walk;
mod wire;
mod world;
mod world_sessions;
mod writers;
