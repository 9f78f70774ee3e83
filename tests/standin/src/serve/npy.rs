//! Reads NumPy's format 1.0 to 3.0: a two-dimensional little-endian float32 array in C order.

use std::path::Path;

/// Rows of float32.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    values: Vec<f32>,
}

/// Why a file is not such an array.
#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    #[error("failed to read {path}: {cause}")]
    Read { path: String, cause: std::io::Error },
    #[error("{path} is not a NumPy array: {cause}")]
    Format { path: String, cause: &'static str },
}

impl Matrix {
    /// Rows of `columns` values each; what does not fill a row is left out.
    pub fn new(columns: usize, mut values: Vec<f32>) -> Self {
        let rows = values.len().checked_div(columns).unwrap_or(0);
        values.truncate(rows * columns);
        Self {
            rows,
            columns,
            values,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, or holds something else.
    pub fn read(path: &Path) -> Result<Self, NpyError> {
        let bytes = std::fs::read(path).map_err(|cause| NpyError::Read {
            path: path.display().to_string(),
            cause,
        })?;
        Self::parse(&bytes).map_err(|cause| NpyError::Format {
            path: path.display().to_string(),
            cause,
        })
    }

    /// A row, `columns` values.
    pub fn row(&self, index: usize) -> &[f32] {
        let start = (index * self.columns).min(self.values.len());
        let end = (start + self.columns).min(self.values.len());
        &self.values[start..end]
    }

    fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let rest = bytes
            .strip_prefix(b"\x93NUMPY")
            .ok_or("it does not begin with \\x93NUMPY")?;
        let (&[major, _minor], rest) = rest.split_first_chunk().ok_or("its header is cut off")?;
        let (length, rest) = match major {
            1 => {
                let (size, rest) = rest
                    .split_first_chunk::<2>()
                    .ok_or("its header is cut off")?;
                (usize::from(u16::from_le_bytes(*size)), rest)
            }
            2 | 3 => {
                let (size, rest) = rest
                    .split_first_chunk::<4>()
                    .ok_or("its header is cut off")?;
                (u32::from_le_bytes(*size) as usize, rest)
            }
            _ => return Err("its format version is not 1, 2 or 3"),
        };
        let header = rest.get(..length).ok_or("its header is cut off")?;
        let header = std::str::from_utf8(header).map_err(|_| "its header is not text")?;
        if !header.contains("'<f4'") {
            return Err("its values are not little-endian float32 ('<f4')");
        }
        if !header.contains("'fortran_order': False") {
            return Err("it is not in C order");
        }
        let (rows, columns) = shape(header).ok_or("it is not two-dimensional")?;
        let data = &rest[length..];
        let wanted = rows
            .checked_mul(columns)
            .and_then(|count| count.checked_mul(4))
            .ok_or("its shape is too large")?;
        if data.len() != wanted {
            return Err("its size does not fit its shape");
        }
        Ok(Self {
            rows,
            columns,
            values: data
                .chunks_exact(4)
                .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
                .collect(),
        })
    }
}

fn shape(header: &str) -> Option<(usize, usize)> {
    let (_, after) = header.split_once("'shape': (")?;
    let (inside, _) = after.split_once(')')?;
    let mut sizes = inside
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty());
    let shape = (sizes.next()?.parse().ok()?, sizes.next()?.parse().ok()?);
    sizes.next().is_none().then_some(shape)
}

#[cfg(test)]
mod tests {
    use super::Matrix;

    fn file(header: &str, values: &[f32]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        values
            .iter()
            .for_each(|value| bytes.extend(value.to_le_bytes()));
        bytes
    }

    const HEADER: &str = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n";

    #[test]
    fn rows_come_back() {
        let matrix = Matrix::parse(&file(HEADER, &[1.0, 2.0, 3.0, 4.0])).unwrap();
        assert_eq!((matrix.rows, matrix.columns), (2, 2));
        assert_eq!(matrix.row(1), [3.0, 4.0]);
    }

    #[test]
    fn anything_else_is_refused() {
        assert!(Matrix::parse(b"").is_err());
        assert!(Matrix::parse(&file(HEADER, &[1.0])).is_err());
        assert!(Matrix::parse(&file(&HEADER.replace("<f4", "<f8"), &[1.0; 4])).is_err());
        assert!(Matrix::parse(&file(&HEADER.replace("False", "True"), &[1.0; 4])).is_err());
        assert!(Matrix::parse(&file(&HEADER.replace("(2, 2)", "(4,)"), &[1.0; 4])).is_err());
    }
}
