//! Reads an ADO.NET connection string (`Server=tcp:host,1433;Database=d;User ID=u;Password='p;w'`) into its keys.

use std::collections::HashMap;

use super::endpoint::EndpointError;

/// Keys in lower case with their synonyms folded, values with their quotes removed.
pub(super) fn parse(text: &str) -> Result<HashMap<String, String>, EndpointError> {
    let mut pairs = HashMap::new();
    let mut rest = text.trim_start_matches([';', ' ']);
    while !rest.is_empty() {
        let Some((key, after)) = rest.split_once('=') else {
            return Err(EndpointError::ConnectionString(
                "a key without '='".to_owned(),
            ));
        };
        let (value, after) = value(after.trim_start())?;
        pairs.insert(canonical_key(key), value);
        rest = after.trim_start_matches([';', ' ', '\n', '\r', '\t']);
    }
    Ok(pairs)
}

fn value(text: &str) -> Result<(String, &str), EndpointError> {
    let close = match text.chars().next() {
        Some(quote @ ('\'' | '"')) => quote,
        Some('{') => '}',
        _ => {
            let end = text.find(';').unwrap_or(text.len());
            return Ok((text[..end].trim().to_owned(), &text[end..]));
        }
    };
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != close {
            out.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == close) {
            out.push(c);
            chars.next();
        } else {
            return Ok((out, &text[at + c.len_utf8()..]));
        }
    }
    Err(EndpointError::ConnectionString(format!(
        "a value that begins with a quote and has no closing {close}"
    )))
}

fn canonical_key(key: &str) -> String {
    let key: String = key
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    match key.as_str() {
        "datasource" | "address" | "addr" | "networkaddress" => "server",
        "initialcatalog" => "database",
        "userid" | "uid" | "user" => "user",
        "pwd" => "password",
        "connecttimeout" | "connectiontimeout" | "timeout" => "connecttimeout",
        "trusted_connection" | "integratedsecurity" => "integratedsecurity",
        other => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn keys_fold_and_quotes_go() {
        let pairs = parse("Data Source=tcp:h,1;Initial Catalog = d ;UID=u;pwd='a;''b';Encrypt=no;")
            .unwrap();
        assert_eq!(pairs["server"], "tcp:h,1");
        assert_eq!(pairs["database"], "d");
        assert_eq!(pairs["user"], "u");
        assert_eq!(pairs["password"], "a;'b");
        assert_eq!(pairs["encrypt"], "no");
        assert_eq!(
            parse("Password={x;y}}z};Server=h").unwrap()["password"],
            "x;y}z"
        );
    }

    #[test]
    fn what_does_not_read_is_refused_without_its_value() {
        let error = parse("Server=h;Password='secret").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        assert!(parse("nonsense").is_err());
    }
}
