//! What can be locked and by whom.

use std::sync::Arc;

use crate::catalog::model::{DatabaseId, ObjectId};
use crate::storage::{RowId, TxnId};

/// Who holds a lock. Two owners of one session never stand in each other's way: conflicts are between sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Application locks with @LockOwner = 'Session'.
    Session(u16),
    /// Until COMMIT or ROLLBACK.
    Transaction(TxnId),
    /// A [`super::HeldLock`]: until it is dropped (a statement's or a cursor's lock).
    Guard(u64),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    Database(DatabaseId),
    /// A table, module or any other object: schema locks and table locks.
    Object(ObjectId),
    Row(ObjectId, RowId),
    /// An index key and the gap below it; `None` is the end of the index.
    Key(ObjectId, i32, Option<Arc<[u8]>>),
    Application(ApplicationResource),
}

/// Names are compared bytewise; the database and the principal are part of the identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApplicationResource {
    pub database: DatabaseId,
    pub principal: i32,
    pub name: Arc<str>,
}

impl Resource {
    /// resource_type of sys.dm_tran_locks. A row of a table with a clustered index is a KEY there; the caller knows.
    pub fn type_name(&self) -> &'static str {
        match self {
            Resource::Database(_) => "DATABASE",
            Resource::Object(_) => "OBJECT",
            Resource::Row(..) => "RID",
            Resource::Key(..) => "KEY",
            Resource::Application(_) => "APPLICATION",
        }
    }

    /// The table or other object that it belongs to.
    pub fn object(&self) -> Option<ObjectId> {
        match self {
            Resource::Object(id) | Resource::Row(id, _) | Resource::Key(id, ..) => Some(*id),
            Resource::Database(_) | Resource::Application(_) => None,
        }
    }

    /// State of message 1222, which names the kind of lock that was waited for.
    pub(super) fn timeout_state(&self) -> u8 {
        match self {
            Resource::Object(_) | Resource::Database(_) | Resource::Application(_) => 56,
            Resource::Row(..) => 45,
            Resource::Key(..) => 51,
        }
    }
}
