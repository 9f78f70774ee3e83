//! A session without a client.

use std::sync::Arc;

use crate::engine::{Server, Session};

pub(super) fn session(server: Arc<Server>) -> Session {
    Session {
        server,
        spid: 51,
        login: crate::protocol::Login::default(),
        login_time: chrono::Utc::now(),
        sysadmin: true,
        database: 1,
        default_schema: "dbo".to_owned(),
        options: crate::engine::SessionOptions::default(),
        transaction: crate::engine::TransactionState::default(),
        cancel: crate::protocol::CancelFlag::default(),
        row_count: 0,
        last_error: 0,
        last_identity: None,
        nest_level: 0,
        temp_scopes: Vec::new(),
        session_context: Default::default(),
        context_info: None,
    }
}
