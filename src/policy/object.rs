//! Which objects a pattern means. casbin's own matchers are not used: `keyMatch` panics on a non-ASCII object and
//! matches `model/../policy`, `keyMatch2` takes `.` for any character, `keyMatch3` escapes its anchors (hazards 11,
//! 20 and 21 of casbin 2.20).

/// `objMatch`: the object itself, or a pattern that ends in `/*` or `@*` with something left over for the star. A
/// version (after `@`) has no slash in it. Nothing matches an object that is not [`is_object`].
pub(super) fn obj_match(object: &str, pattern: &str) -> bool {
    if !is_object(object) {
        return false;
    }
    let Some(prefix) = pattern.strip_suffix('*') else { return object == pattern };
    let Some(rest) = object.strip_prefix(prefix) else { return false };
    match prefix.as_bytes().last() {
        Some(b'/') => !rest.is_empty(),
        Some(b'@') => !rest.is_empty() && !rest.contains('/'),
        _ => false,
    }
}

/// Whether `object` is a subject id that policy can speak about: printable ASCII without blanks, `kind/name`, and no
/// empty, `.` or `..` segment.
pub(super) fn is_object(object: &str) -> bool {
    object.contains('/')
        && object.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*')
        && object.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}

/// Why `pattern` is not one that a rule may use, or its object type.
pub(super) fn pattern_type(pattern: &str) -> Result<&str, &'static str> {
    let body = pattern.strip_suffix('*').unwrap_or(pattern);
    if body.contains('*') {
        return Err("a `*` that is not the last character");
    }
    if body.len() < pattern.len() && !body.ends_with(['/', '@']) {
        return Err("a `*` that does not stand after `/` or `@`");
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:%+=/@".contains(&byte);
    if !body.bytes().all(allowed) {
        return Err("a character outside A-Z a-z 0-9 - _ . ~ : % + = / @ (globs and regular expressions are refused)");
    }
    let Some((kind, rest)) = body.split_once('/') else {
        return Err("no `/` after the object type");
    };
    let segments = rest.strip_suffix('/').unwrap_or(rest);
    let whole_type = rest.is_empty() && pattern.ends_with('*');
    if !whole_type && segments.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err("an empty, `.` or `..` segment");
    }
    if body == pattern && pattern.ends_with(['/', '@']) {
        return Err("nothing after the last `/` or `@`");
    }
    if body.matches('@').count() > 1 || body.split_once('@').is_some_and(|(_, version)| version.contains('/')) {
        return Err("more than one `@`, or a `/` in the version");
    }
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_itself_a_folder_or_a_version() {
        assert!(obj_match("model/x@1", "model/x@1"));
        assert!(obj_match("model/x@1", "model/*"));
        assert!(obj_match("model/x@1", "model/x@*"));
        assert!(obj_match("dataset/payroll/2024@3", "dataset/payroll/*"));
        assert!(!obj_match("model/x@1", "model/x"), "an exact name does not mean its versions");
        assert!(!obj_match("model/xy@1", "model/x@*"));
        assert!(!obj_match("dataset/payroll@3", "dataset/payroll/*"));
        assert!(!obj_match("model/", "model/*"), "nothing left for the star");
        assert!(!obj_match("model/x@", "model/x@*"));
    }

    #[test]
    fn strange_objects_match_nothing() {
        for object in ["model/../policy", "model/./x", "model//x", "model/\u{fc}", "model/a b", "model", "", "model/*"]
        {
            assert!(!obj_match(object, "model/*"), "{object}");
            assert!(!obj_match(object, object), "{object}");
        }
    }

    #[test]
    fn patterns_that_rules_may_not_use() {
        for pattern in
            ["*", "model*", "model/*/card", "model/**", "model/..", "model/../x", "model/", "model", "/x", ""]
        {
            assert!(pattern_type(pattern).is_err() || pattern.starts_with('/'), "{pattern}");
        }
        for pattern in ["model/x|policy", "model/[a-z]", "model/{a,b}", "model/x?", "model/(x)", "model/x@1@2"] {
            assert!(pattern_type(pattern).is_err(), "{pattern}");
        }
        assert_eq!(pattern_type("model/*"), Ok("model"));
        assert_eq!(pattern_type("dataset/payroll/*"), Ok("dataset"));
        assert_eq!(pattern_type("model/x@*"), Ok("model"));
        assert_eq!(pattern_type("model/x@1.2"), Ok("model"));
    }
}
