//! The index on sled gives the answers of a plain map, through any strides, merges and reopenings; and what is done to
//! its files is noticed or changes nothing.
#![expect(clippy::unwrap_used, reason = "a failed helper fails its test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use sagwan::merkle::leaf_hash;
use sagwan::storage::{Index, IndexError, Mark, MemIndex, SledIndex, Stride};

/// A small generator (SplitMix64), so that a seed is all there is to repeat a test.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

fn mark(size: u64) -> Mark {
    Mark { size, root: leaf_hash(&size.to_be_bytes()) }
}

/// A stride of `records` records from `from` on: keys with zeros in them, one hot key, cells that come and go.
fn stride(random: &mut Random, from: u64, records: u64, subjects: u64) -> Stride {
    let mut postings: BTreeMap<Vec<u8>, Vec<u64>> = BTreeMap::new();
    let mut cells = BTreeMap::new();
    for index in from..from + records {
        for _ in 0..3 {
            let subject = random.below(subjects);
            let key = [b"s\0".as_slice(), &subject.to_be_bytes()[4..], b"\0x"].concat();
            let list = postings.entry(key.clone()).or_default();
            if list.last() != Some(&index) {
                list.push(index);
            }
            let value =
                (random.below(5) > 0).then(|| format!("state {index}").repeat(subject as usize % 5).into_bytes());
            cells.insert(key, value);
        }
        postings.entry(b"k/hot".to_vec()).or_default().push(index);
        postings.entry(format!("a/{}", random.below(64)).into_bytes()).or_default().push(index);
    }
    Stride { mark: mark(from + records), postings: postings.into_iter().collect(), cells: cells.into_iter().collect() }
}

fn assert_same(one: &dyn Index, other: &dyn Index, random: &mut Random, subjects: u64) {
    assert_eq!(one.mark().unwrap(), other.mark().unwrap());
    assert_eq!(one.content_digest().unwrap(), other.content_digest().unwrap());
    let size = one.mark().unwrap().map_or(0, |mark| mark.size);
    let mut keys = vec![b"k/hot".to_vec(), b"a/7".to_vec(), b"zz".to_vec(), Vec::new()];
    for _ in 0..20 {
        keys.push([b"s\0".as_slice(), &random.below(subjects + 3).to_be_bytes()[4..], b"\0x"].concat());
    }
    for key in &keys {
        assert_eq!(one.posting_count(key).unwrap(), other.posting_count(key).unwrap(), "{key:?}");
        assert_eq!(one.cell(key).unwrap(), other.cell(key).unwrap(), "{key:?}");
        for reverse in [false, true] {
            let (from, to) = (random.below(size + 2), random.below(size + 2));
            for (range, limit) in
                [(0..u64::MAX, usize::MAX), (from.min(to)..from.max(to), 7), (from..to, 1000), (0..to, 0)]
            {
                let expected = other.postings(key, range.clone(), reverse, limit).unwrap();
                assert_eq!(one.postings(key, range.clone(), reverse, limit).unwrap(), expected, "{key:?} {range:?}");
            }
        }
        for prefix in [&b"s\0"[..], b"", b"a/", &key[..key.len().min(3)]] {
            let found = one.posting_keys(prefix, Some(key), 10).unwrap();
            assert_eq!(found, other.posting_keys(prefix, Some(key), 10).unwrap());
            assert_eq!(one.posting_keys(prefix, None, 10).unwrap(), other.posting_keys(prefix, None, 10).unwrap());
            let mut cells = [Vec::new(), Vec::new()];
            one.cells(prefix, &mut |key, value| cells[0].push((key.to_vec(), value.to_vec()))).unwrap();
            other.cells(prefix, &mut |key, value| cells[1].push((key.to_vec(), value.to_vec()))).unwrap();
            assert_eq!(cells[0], cells[1]);
        }
    }
}

#[test]
fn answers_are_those_of_a_plain_map_through_merges_and_reopenings() {
    for seed in 1..=3 {
        println!("seed {seed}");
        let mut random = Random(seed);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("index");
        let mut index = SledIndex::open(&path).unwrap();
        let plain = MemIndex::new();
        assert_same(&index, &plain, &mut random, 5);
        let mut from = 0;
        for round in 0..80 {
            let records = if round % 10 == 0 { 3000 } else { random.below(40) };
            let stride = stride(&mut random, from, records, 400);
            from += records;
            index.commit(&stride).unwrap();
            plain.commit(&stride).unwrap();
            if round % 16 == 15 {
                assert_same(&index, &plain, &mut random, 400);
                index.flush().unwrap();
                drop(index);
                index = SledIndex::open(&path).unwrap();
                assert_same(&index, &plain, &mut random, 400);
            }
        }
        index.clear().unwrap();
        plain.clear().unwrap();
        assert_same(&index, &plain, &mut random, 5);
    }
}

#[test]
fn an_index_that_is_still_being_closed_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    let index = SledIndex::open(&path).unwrap();
    index.commit(&stride(&mut Random(1), 0, 50, 100)).unwrap();
    index.flush().unwrap();
    drop(index);
    let file = std::fs::File::open(path.join("db")).unwrap();
    // Waits, as the drop above may not have given it back yet.
    file.lock().unwrap();
    let closer = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        drop(file);
    });
    let index = SledIndex::open(&path).unwrap();
    assert_eq!(index.mark().unwrap().map(|mark| mark.size), Some(50));
    closer.join().unwrap();
}

#[test]
fn content_does_not_depend_on_how_the_strides_were_cut() {
    let dir = tempfile::tempdir().unwrap();
    let whole = SledIndex::open(&dir.path().join("whole")).unwrap();
    let cut = SledIndex::open(&dir.path().join("cut")).unwrap();
    let (mut one, mut other) = (Random(9), Random(9));
    for round in 0..40 {
        cut.commit(&stride(&mut one, round * 50, 50, 100)).unwrap();
    }
    let mut postings: BTreeMap<Vec<u8>, Vec<u64>> = BTreeMap::new();
    let mut cells = BTreeMap::new();
    for round in 0..40 {
        let part = stride(&mut other, round * 50, 50, 100);
        for (key, indices) in part.postings {
            postings.entry(key).or_default().extend(indices);
        }
        cells.extend(part.cells);
    }
    let all = Stride { mark: mark(2000), postings: postings.into_iter().collect(), cells: cells.into_iter().collect() };
    whole.commit(&all).unwrap();
    assert_eq!(whole.content_digest().unwrap(), cut.content_digest().unwrap());
    assert_ne!(
        whole.content_digest().unwrap(),
        SledIndex::open(&dir.path().join("none")).unwrap().content_digest().unwrap()
    );
}

#[test]
fn strides_out_of_order_are_refused_and_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let index = SledIndex::open(dir.path()).unwrap();
    index.commit(&stride(&mut Random(1), 0, 10, 5)).unwrap();
    let before = index.content_digest().unwrap();
    let posting = |key: &[u8], indices: &[u64]| (key.to_vec(), indices.to_vec());
    let bad = [
        Stride { mark: mark(9), postings: Vec::new(), cells: Vec::new() },
        Stride { mark: mark(12), postings: vec![posting(b"b", &[10]), posting(b"a", &[11])], cells: Vec::new() },
        Stride { mark: mark(12), postings: vec![posting(b"b", &[9])], cells: Vec::new() },
        Stride { mark: mark(12), postings: vec![posting(b"b", &[11, 10])], cells: Vec::new() },
        Stride { mark: mark(12), postings: vec![posting(b"b", &[12])], cells: Vec::new() },
        Stride { mark: mark(12), postings: vec![posting(&[0; 2000], &[10])], cells: Vec::new() },
        Stride { mark: mark(12), postings: Vec::new(), cells: vec![(b"b".to_vec(), None), (b"b".to_vec(), None)] },
        Stride { mark: mark(12), postings: Vec::new(), cells: vec![(b"b".to_vec(), Some(vec![0; 1 << 20]))] },
    ];
    for stride in &bad {
        assert!(matches!(index.commit(stride), Err(IndexError::Stride { .. })));
    }
    assert_eq!(index.content_digest().unwrap(), before);
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.is_file() && std::fs::metadata(path).unwrap().len() > 0);
    found.sort();
    found
}

#[test]
fn a_flipped_bit_is_noticed_or_leaves_a_shorter_index_that_is_right() {
    let seed = 11;
    println!("seed {seed}");
    let mut random = Random(seed);
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("made");
    let mut digests = BTreeMap::from([(None, MemIndex::new().content_digest().unwrap())]);
    {
        let (index, plain) = (SledIndex::open(&made).unwrap(), MemIndex::new());
        let mut strides = Random(5);
        for round in 0..30 {
            let stride = stride(&mut strides, round * 100, 100, 300);
            index.commit(&stride).unwrap();
            plain.commit(&stride).unwrap();
            digests.insert(Some(stride.mark.size), plain.content_digest().unwrap());
        }
        index.flush().unwrap();
    }
    let (mut noticed, mut shorter, mut untouched) = (0, 0, 0);
    for case in 0..60 {
        let copy = dir.path().join(format!("case {case}"));
        std::fs::create_dir(&copy).unwrap();
        for file in files(&made) {
            std::fs::copy(&file, copy.join(file.file_name().unwrap())).unwrap();
        }
        let found = files(&copy);
        let file = &found[random.below(found.len() as u64) as usize];
        let mut bytes = std::fs::read(file).unwrap();
        let at = random.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << random.below(8);
        std::fs::write(file, bytes).unwrap();
        let answer = SledIndex::open(&copy).and_then(|index| Ok((index.mark()?, index.content_digest()?)));
        match answer {
            Err(IndexError::Damaged { .. }) => {
                noticed += 1;
                let anew = SledIndex::recreate(&copy).unwrap();
                assert_eq!(anew.mark().unwrap(), None);
            }
            Err(other) => panic!("case {case}: {other}"),
            Ok((mark, digest)) => {
                let size = mark.map(|mark| mark.size);
                assert_eq!(digests.get(&size), Some(&digest), "case {case}: wrong content at {size:?}");
                if size == Some(3000) { untouched += 1 } else { shorter += 1 }
            }
        }
        std::fs::remove_dir_all(&copy).unwrap();
    }
    println!("{noticed} noticed, {shorter} rolled back to an earlier mark, {untouched} without effect");
}

/// Records as in the benchmark: three subjects of 100,000, one of 64 actors, few kinds, one changed cell.
fn usual_stride(random: &mut Random, from: u64, step: u64) -> Stride {
    let mut postings: BTreeMap<Vec<u8>, Vec<u64>> = BTreeMap::new();
    let mut cells = BTreeMap::new();
    for index in from..from + step {
        for position in 0..3 {
            let key = format!("s/dataset/{:06}", random.below(100_000)).into_bytes();
            let list = postings.entry(key.clone()).or_default();
            if list.last() != Some(&index) {
                list.push(index);
            }
            if position == 0 {
                cells.insert(key, Some(format!("{index:060}").into_bytes()));
            }
        }
        postings.entry(format!("a/user:{:03}", random.below(64)).into_bytes()).or_default().push(index);
        for key in [format!("k/{}", random.below(4)), format!("e/dev/{}", random.below(4))] {
            postings.entry(key.into_bytes()).or_default().push(index);
        }
    }
    Stride { mark: mark(from + step), postings: postings.into_iter().collect(), cells: cells.into_iter().collect() }
}

#[test]
#[ignore = "measures: run alone, with --ignored --nocapture"]
fn cost_of_a_million_records() {
    let records: u64 = std::env::var("SAGWAN_INDEX_RECORDS").map_or(1_000_000, |text| text.parse().unwrap());
    let step: u64 = std::env::var("SAGWAN_INDEX_STRIDE").map_or(16_384, |text| text.parse().unwrap());
    let mut random = Random(1);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    let index = SledIndex::open(&path).unwrap();
    let cpu = || {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * 10
    };
    let (mut spent, mut cpu_spent, mut from) = (std::time::Duration::ZERO, 0, 0);
    while from < records {
        let stride = usual_stride(&mut random, from, step);
        from += step;
        let (start, cpu_start) = (Instant::now(), cpu());
        index.commit(&stride).unwrap();
        spent += start.elapsed();
        cpu_spent += cpu() - cpu_start;
    }
    let rss = || {
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap()
            .to_owned()
    };
    let each = |micros: u128| micros as f64 / from as f64;
    println!(
        "{:.2} µs a record in commit, {:.2} µs of CPU with sled's threads; {}",
        each(spent.as_micros()),
        each(u128::from(cpu_spent) * 1000),
        rss()
    );
    let start = Instant::now();
    for _ in 0..1000 {
        index.postings(format!("s/dataset/{:06}", random.below(100_000)).as_bytes(), 0..u64::MAX, true, 10).unwrap();
    }
    println!("{:.1} µs for the last ten of a subject", start.elapsed().as_micros() as f64 / 1000.0);
    let start = Instant::now();
    let mut count = 0;
    index.cells(b"", &mut |_, _| count += 1).unwrap();
    println!("{count} cells streamed in {:?}; {}", start.elapsed(), rss());
    index.flush().unwrap();
    drop(index);
    let bytes: u64 = files(&path).iter().map(|path| std::fs::metadata(path).unwrap().len()).sum();
    println!("{} MB on disk", bytes >> 20);
    let start = Instant::now();
    let index = SledIndex::open(&path).unwrap();
    println!("opened in {:?}; {}", start.elapsed(), rss());
    let start = Instant::now();
    count = 0;
    index.cells(b"", &mut |_, _| count += 1).unwrap();
    println!("{count} cells streamed in {:?}; {}", start.elapsed(), rss());
}
