//! A session without a client.

use std::sync::Arc;

use crate::engine::{Server, Session};
use crate::protocol::Login;

pub(super) fn session(server: Arc<Server>) -> Session {
    let login = Login {
        user: server.config.logins[0].name.clone(),
        password: server.config.logins[0].password.clone(),
        odbc: true,
        ..Login::default()
    };
    server.open_session(&login).unwrap()
}
