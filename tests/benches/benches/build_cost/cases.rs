//! Cases as someone without the suite would write them: short, all different, and each about one thing.

/// A test of a store: a name, and statements about the variable `store`.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) body: String,
}

/// All 64 cases: eight kinds, each with eight inputs.
pub(crate) fn all() -> Vec<Case> {
    let kinds = (0..).zip(KINDS);
    kinds.flat_map(|(kind, (name, body))| (0..8).map(move |input| case(name, body, kind, input))).collect()
}

fn case(name: &str, body: &str, kind: usize, input: usize) -> Case {
    let (key, len) = (format!("{kind}/{input}"), 1 + input * 17);
    let body = body.replace("KEY", &format!(r#"b"{key}""#)).replace("LEN", &len.to_string());
    Case { name: format!("{name}_{input}"), body }
}

const KINDS: [(&str, &str); 8] = [
    (
        "value_comes_back",
        r#"
        let value = Bytes::from(vec![7; LEN]);
        store.put(KEY, value.clone(), &Options::new()).await.unwrap();
        let found = store.get(KEY, &Options::new()).await.unwrap();
        assert_eq!(found.val, value, "a value of LEN bytes comes back");
        "#,
    ),
    (
        "second_put_wins",
        r#"
        for value in ["first", "second LEN"] {
            store.put(KEY, value.into(), &Options::new()).await.unwrap();
        }
        let found = store.get(KEY, &Options::new()).await.unwrap();
        assert_eq!(found.val, "second LEN");
        "#,
    ),
    (
        "shorter_value_leaves_no_tail",
        r#"
        store.put(KEY, vec![1_u8; LEN + 10].into(), &Options::new()).await.unwrap();
        store.put(KEY, vec![2_u8; LEN].into(), &Options::new()).await.unwrap();
        let found = store.get(KEY, &Options::new()).await.unwrap();
        assert_eq!(found.val.len(), LEN, "the longer value had a tail");
        assert!(found.val.iter().all(|byte| *byte == 2));
        "#,
    ),
    (
        "absent_key_is_not_found",
        r#"
        store.put(KEY, vec![3_u8; LEN].into(), &Options::new()).await.unwrap();
        match store.get(&KEY[1..], &Options::new()).await {
            Err(Error::NotFound) => {}
            other => panic!("expected NotFound, got {other:?}"),
        }
        "#,
    ),
    (
        "prefix_is_another_key",
        r#"
        let longer = [KEY.as_slice(), &[0; LEN]].concat();
        store.put(KEY, "short".into(), &Options::new()).await.unwrap();
        store.put(&longer, "long".into(), &Options::new()).await.unwrap();
        assert_eq!(store.get(KEY, &Options::new()).await.unwrap().val, "short");
        assert_eq!(store.get(&longer, &Options::new()).await.unwrap().val, "long");
        "#,
    ),
    (
        "many_keys_stay_apart",
        r#"
        for number in 0..LEN {
            store.put(format!("{number}").as_bytes(), format!("value {number}").into(), &Options::new()).await.unwrap();
        }
        for number in 0..LEN {
            let found = store.get(format!("{number}").as_bytes(), &Options::new()).await.unwrap();
            assert_eq!(found.val, format!("value {number}"), "key {number}");
        }
        "#,
    ),
    (
        "generous_timeout_changes_nothing",
        r#"
        let options = Options::new().with_timeout(Duration::from_secs(1000 + LEN));
        store.put(KEY, "in time".into(), &options).await.unwrap();
        let found = store.get(KEY, &options).await.unwrap();
        assert_eq!((&found.val[..], found.from), (&b"in time"[..], store.get(KEY, &options).await.unwrap().from));
        "#,
    ),
    (
        "unknown_option_is_ignored",
        r#"
        let options = Options::new().with("unknown LEN", LEN);
        store.put(KEY, "kept".into(), &options).await.unwrap();
        assert_eq!(store.get(KEY, &Options::new()).await.unwrap().val, "kept");
        assert!(matches!(store.get(b"other", &options).await, Err(Error::NotFound)));
        "#,
    ),
];
