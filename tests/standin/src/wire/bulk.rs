//! The rows of a bulk load (COLMETADATA, ROW and NBCROW, DONE), decoded while they arrive.

use super::decode::{self, Position, Refused};
use super::dialect::Dialect;
use super::inbox::BulkPackets;
use super::input::{Input, stream_incorrect};
use super::type_info::{self, Place, WireType};
use crate::error::{Result, SqlError};
use crate::protocol::{BulkRows, ColumnInfo};
use crate::types::Value;

const COLUMNS: u8 = 0x81;
const ROW: u8 = 0xD1;
const ROW_WITH_NULL_BITMAP: u8 = 0xD2;
const DONE: u8 = 0xFD;

pub(super) struct BulkReader<'a> {
    input: Input<BulkPackets<'a>>,
    columns: Vec<ColumnInfo>,
    types: Vec<WireType>,
    finished: bool,
    failed: Option<SqlError>,
}

/// 4804: the load ended in the middle of a row, or without any column.
fn premature_end() -> SqlError {
    SqlError::new(
        4804,
        "While reading current row from host, a premature end-of-message was encountered--an incoming data stream was \
         interrupted when the server expected to see more data. The host program may have terminated. Ensure that you \
         are using a supported client application programming interface (API).",
    )
}

impl<'a> BulkReader<'a> {
    /// Reads the columns. What is wrong with them is reported with the first row, when the engine asks for it.
    pub fn open(packets: BulkPackets<'a>, dialect: Dialect) -> Self {
        let mut reader = Self {
            input: Input::arriving(packets),
            columns: Vec::new(),
            types: Vec::new(),
            finished: false,
            failed: None,
        };
        if let Err(error) = reader.read_columns(dialect) {
            reader.failed = Some(error);
        }
        reader
    }

    /// Throws away what the engine did not read.
    pub fn drain(&mut self) {
        self.input.source_mut().drain();
        self.input.discard_buffered();
    }

    fn read_columns(&mut self, dialect: Dialect) -> Result<()> {
        let input = &mut self.input;
        if input.is_at_end()? || input.peek()? == DONE {
            return Err(premature_end());
        }
        if input.u8()? != COLUMNS {
            return Err(stream_incorrect(
                "A bulk load does not begin with its columns.",
            ));
        }
        for _ in 0..input.u16()? {
            if dialect.since_2005() {
                input.u32()?;
            } else {
                input.u16()?;
            }
            let flags = input.u16()?;
            let wire = type_info::read(input, Place::BulkColumn)?;
            if wire.legacy_lob {
                // Unlike in an answer this is one plain name for every version.
                input.us_varchar()?;
            }
            let name = input.b_varchar()?;
            self.columns.push(ColumnInfo {
                name,
                sql_type: wire.sql_type.clone(),
                nullable: flags & 0x0001 != 0,
                identity: flags & 0x0010 != 0,
                computed: flags & 0x0020 != 0,
                updatable: flags & 0x000C != 0,
            });
            self.types.push(wire);
        }
        Ok(())
    }

    fn read_row(&mut self, row: &mut Vec<Value>) -> Result<bool> {
        if self.input.is_at_end()? {
            // DB-Library sends no DONE: the end of its message is the end of its rows.
            self.finished = true;
            return Ok(false);
        }
        let token = self.input.u8()?;
        let nulls = match token {
            ROW => None,
            ROW_WITH_NULL_BITMAP => Some(self.input.bytes(self.types.len().div_ceil(8))?),
            DONE => {
                self.finished = true;
                return Ok(false);
            }
            _ => return Err(stream_incorrect("A bulk load holds an unknown token.")),
        };
        for (at, wire) in self.types.iter().enumerate() {
            let is_null = nulls
                .as_ref()
                .is_some_and(|bits| bits[at / 8] & (1 << (at % 8)) != 0);
            row.push(if is_null {
                Value::Null
            } else {
                decode::read_value(&mut self.input, wire, Position::Row)
                    .map_err(|refused| column_refused(refused, at + 1, &self.columns[at].name))?
            });
        }
        Ok(true)
    }
}

fn column_refused(refused: Refused, ordinal: usize, name: &str) -> SqlError {
    match refused {
        Refused::Other(error) => error,
        Refused::Length => SqlError::new(
            4815,
            format!("Received an invalid column length from the bcp client for colid {ordinal}."),
        ),
        Refused::Invalid(_) => SqlError::new(
            7339,
            format!(
                "OLE DB provider 'STREAM' for linked server '(null)' returned invalid data for column \
                 '[!BulkInsert].{name}'."
            ),
        ),
    }
}

impl BulkRows for BulkReader<'_> {
    fn columns(&self) -> &[ColumnInfo] {
        &self.columns
    }

    fn next(&mut self, row: &mut Vec<Value>) -> Result<bool> {
        row.clear();
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.finished {
            return Ok(false);
        }
        let read = self.read_row(row);
        if let Err(error) = &read {
            self.failed = Some(error.clone());
        }
        read
    }
}
