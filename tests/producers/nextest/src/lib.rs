//! A cart.

/// Price in cents.
pub fn price(name: &str) -> Option<u32> {
    match name {
        "tea" => Some(450),
        "mug" => Some(1200),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod cart {
        use super::*;

        #[test]
        fn adds_up() {
            assert_eq!(price("tea").unwrap() * 2, 901, "two teas & a <cent>");
        }

        #[test]
        fn tea_has_a_price() {
            assert_eq!(price("tea"), Some(450));
        }
    }

    #[test]
    fn unknown_item() {
        price("fish").unwrap();
    }

    #[test]
    #[should_panic(expected = "no paper")]
    fn panics_as_it_should() {
        panic!("till: no paper");
    }

    #[test]
    #[ignore = "no provider"]
    fn pays() {}
}
