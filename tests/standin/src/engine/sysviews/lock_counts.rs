//! sys.dm_db_index_operational_stats: how often rows were locked and waited for. There are no pages here, so nobody locks,
//! latches or reads one; columns about pages' contents are left out.

use crate::engine::Session;
use crate::engine::ddl::permission;
use crate::error::{Result, SqlError};
use crate::types::Value;

use super::rows::Rows;
use super::snapshot::{Snapshot, big, int};

pub(super) const SPEC: &str = "database_id smallint!, object_id int!, index_id int!, partition_number int!=1, row_lock_count bigint!, \
    row_lock_wait_count bigint!, row_lock_wait_in_ms bigint!, page_lock_count bigint!=0, page_lock_wait_count bigint!=0, \
    page_lock_wait_in_ms bigint!=0, index_lock_promotion_attempt_count bigint!, index_lock_promotion_count bigint!, \
    page_latch_wait_count bigint!=0, page_latch_wait_in_ms bigint!=0, page_io_latch_wait_count bigint!=0, \
    page_io_latch_wait_in_ms bigint!=0";

/// Memory-optimised indexes are not in it: they have no locks.
pub(super) fn fill(session: &Session, args: &[Value], rows: &mut Rows) -> Result<()> {
    permission::require_view_database_state(session)?;
    let number = |at: usize| args.get(at).and_then(Value::as_integer);
    if number(0).is_some_and(|n| n != 0 && n != i64::from(session.database)) {
        return Err(SqlError::not_implemented(
            "sys.dm_db_index_operational_stats of another database",
        ));
    }
    let object = number(1).filter(|n| *n != 0);
    let index_wanted = number(2).filter(|n| *n != -1);
    for table in &Snapshot::of(session).row_sets() {
        let wanted = object.is_none_or(|n| n == i64::from(table.object_id));
        if table.memory_optimized || !wanted {
            continue;
        }
        for index in &table.indexes {
            if index_wanted.is_some_and(|n| n != i64::from(index.index_id)) {
                continue;
            }
            let base = index.index_id <= 1;
            let tally = session
                .server
                .locks
                .tally(table.object_id, index.index_id, base);
            let waited = i64::try_from(tally.waited.as_millis()).unwrap_or(i64::MAX);
            rows.push([
                ("database_id", int(session.database)),
                ("object_id", int(table.object_id)),
                ("index_id", int(index.index_id)),
                ("row_lock_count", big(tally.locks)),
                ("row_lock_wait_count", big(tally.waits)),
                ("row_lock_wait_in_ms", big(waited)),
                (
                    "index_lock_promotion_attempt_count",
                    big(tally.promotion_attempts),
                ),
                ("index_lock_promotion_count", big(tally.promotions)),
            ]);
        }
    }
    Ok(())
}
