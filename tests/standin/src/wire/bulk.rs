//! The rows of a bulk load (COLMETADATA, ROW and NBCROW, DONE), decoded while they arrive.

use super::decode::{self, Refused};
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
    /// By column: the last text, as it came and as a value. Loaded texts often repeat.
    last: Vec<(Vec<u8>, Value)>,
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
            last: Vec::new(),
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
            self.last.push((Vec::new(), Value::Null));
        }
        Ok(())
    }

    /// Where the next row begins: its null bitmap if it has one, or None at the end of the load.
    fn begin_row(&mut self) -> Result<Option<Option<Vec<u8>>>> {
        if self.input.is_at_end()? {
            // DB-Library sends no DONE: the end of its message is the end of its rows.
            self.finished = true;
            return Ok(None);
        }
        match self.input.u8()? {
            ROW => Ok(Some(None)),
            ROW_WITH_NULL_BITMAP => {
                let bits = self.input.slice(self.types.len().div_ceil(8))?;
                Ok(Some(Some(bits.to_vec())))
            }
            DONE => {
                self.finished = true;
                Ok(None)
            }
            _ => Err(stream_incorrect("A bulk load holds an unknown token.")),
        }
    }

    fn read_row(&mut self, row: &mut Vec<Value>) -> Result<bool> {
        let Some(nulls) = self.begin_row()? else {
            return Ok(false);
        };
        for (at, wire) in self.types.iter().enumerate() {
            row.push(if is_null(nulls.as_deref(), at) {
                Value::Null
            } else {
                decode::read_again(&mut self.input, wire, &mut self.last[at])
                    .map_err(|refused| column_refused(refused, at + 1, &self.columns[at].name))?
            });
        }
        Ok(true)
    }

    fn skip_row(&mut self) -> Result<bool> {
        let Some(nulls) = self.begin_row()? else {
            return Ok(false);
        };
        for (at, wire) in self.types.iter().enumerate() {
            if !is_null(nulls.as_deref(), at) {
                decode::skip_value(&mut self.input, wire)
                    .map_err(|refused| column_refused(refused, at + 1, &self.columns[at].name))?;
            }
        }
        Ok(true)
    }

    /// Reads a row in some way, unless the load is over; an error stays.
    fn unless_over(&mut self, read: impl FnOnce(&mut Self) -> Result<bool>) -> Result<bool> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.finished {
            return Ok(false);
        }
        let read = read(self);
        if let Err(error) = &read {
            self.failed = Some(error.clone());
        }
        read
    }
}

/// Is this column's bit set in the row's null bitmap?
fn is_null(nulls: Option<&[u8]>, at: usize) -> bool {
    nulls.is_some_and(|bits| bits[at / 8] & (1 << (at % 8)) != 0)
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
        self.unless_over(|reader| reader.read_row(row))
    }

    fn skip(&mut self) -> Result<bool> {
        self.unless_over(Self::skip_row)
    }
}
