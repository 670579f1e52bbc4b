//! What readers of JSON have in common.

/// The methods of a [`Visitor`](serde::de::Visitor) for everything that is no array and no object.
macro_rules! visit_scalars {
    ($made:ty, $make:expr) => {
        fn visit_unit<E>(self) -> Result<$made, E> {
            Ok($make(serde_json::Value::Null))
        }

        fn visit_bool<E>(self, value: bool) -> Result<$made, E> {
            Ok($make(serde_json::Value::from(value)))
        }

        fn visit_i64<E>(self, value: i64) -> Result<$made, E> {
            Ok($make(serde_json::Value::from(value)))
        }

        fn visit_u64<E>(self, value: u64) -> Result<$made, E> {
            Ok($make(serde_json::Value::from(value)))
        }

        fn visit_f64<E>(self, value: f64) -> Result<$made, E> {
            Ok($make(serde_json::Value::from(value)))
        }

        fn visit_str<E>(self, value: &str) -> Result<$made, E> {
            Ok($make(serde_json::Value::from(value)))
        }
    };
}

pub(super) use visit_scalars;
