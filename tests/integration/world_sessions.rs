//! Sessions of a world beside its own, and its own when it has to leave the database.

use crate::database::Session;
use crate::world::{Other, World};

impl World {
    /// A session of its own in another database of the same server.
    pub fn session_in(&self, database: &str) -> Other<'_> {
        let connection_string = format!("{};Database={database}", self.connection_string);
        let session = self.runtime.block_on(Session::open(&connection_string));
        Other {
            runtime: &self.runtime,
            session,
        }
    }

    /// A session of another program.
    pub fn session_of(&self, program: &str) -> Other<'_> {
        let session = self
            .runtime
            .block_on(Session::open_as(&self.connection_string, program));
        Other {
            runtime: &self.runtime,
            session,
        }
    }

    /// The world's own session leaves the database, so that nobody is in it.
    pub fn leave(&self) {
        self.batch("USE master;");
    }

    /// Its session anew, after the server has ended it.
    pub fn reconnect(&self) {
        let fresh = self
            .runtime
            .block_on(Session::open(&self.connection_string));
        *self.session.lock().unwrap() = fresh;
    }
}
