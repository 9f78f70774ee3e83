//! The server as the product meets it: endpoint, secrets, TLS, session options, and failures sorted by what to do
//! about them.

mod ado;
mod connection;
mod endpoint;
mod failure;
mod row;

pub use connection::{BulkColumns, BulkLoad, Connection, Purpose};
pub use endpoint::{Encryption, Endpoint, EndpointError, Parts, Trust, split_server};
pub use failure::{Failure, Sorting};
pub use row::RowExt;
