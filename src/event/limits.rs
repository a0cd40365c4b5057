//! Every bound of the house, in one file: sizes in bytes, counts, depths, times in milliseconds unless the name says
//! otherwise. Each says why it is what it is.

/// Bytes of one signed statement. A C2SP entry is at most 65,535 bytes; the rest is room for the framing of a seal.
pub const STATEMENT_BYTES_MAX: usize = 60_000;
/// Bytes at which a batch closes because its worst-case seal would no longer fit an entry.
pub const SEAL_BYTES_MAX: usize = 60_000;
/// Bytes of one log entry: the `u16` length prefix of a C2SP entry bundle.
pub const ENTRY_BYTES_MAX: usize = 65_535;
/// Leaves of the log's tree: 2^63 - 1, so that sizes and indices also fit the signed 64-bit numbers of other languages.
pub const TREE_SIZE_MAX: u64 = (1 << 63) - 1;
/// Events in one signed batch.
pub const BATCH_EVENTS_MAX: usize = 1_000;
/// Reads of personal subjects recorded in one statement, each at most about 1,400 bytes: they fit a statement.
pub const READS_PER_STATEMENT_MAX: usize = 32;
/// Statements under one seal: one entry bundle, and a write that the disk takes in one go.
pub const SEAL_STATEMENTS_MAX: usize = 256;
/// Nesting of CBOR and JSON: deep enough for every body, shallow enough for any stack.
pub const DEPTH_MAX: usize = 16;

/// Bytes of a subject, kind and version included.
pub const SUBJECT_BYTES_MAX: usize = 256;
/// Bytes of an actor id, its prefix included.
pub const ACTOR_BYTES_MAX: usize = 80;
/// Bytes of a role name, its prefix included.
pub const ROLE_BYTES_MAX: usize = 64;
/// Bytes of an `x.<vendor>.<name>` kind.
pub const KIND_BYTES_MAX: usize = 64;
/// Bytes of one free text (a reason, a title, a source).
pub const TEXT_BYTES_MAX: usize = 4_096;
/// References of one event, inputs and outputs counted apart: what a seal, an index stride and a reader can take.
pub const REFERENCES_MAX: usize = 256;
/// Columns of which one event says what they came from: those of a wide feature table, as for profiles.
pub const COLUMN_LINEAGE_MAX: usize = 2_048;
/// Columns that one column came from.
pub const COLUMN_INPUTS_MAX: usize = 256;
/// Commitments of one event.
pub const COMMITMENTS_MAX: usize = 64;
/// Bytes of a commitment's path (a JSON pointer).
pub const PATH_BYTES_MAX: usize = 256;
/// Bytes of a value behind a commitment, encoded.
pub const COMMITTED_VALUE_BYTES_MAX: usize = 16_384;
/// Bytes of a name in an open map: a facet, a parameter, a metric, a library.
pub const NAME_BYTES_MAX: usize = 256;
/// Bytes of a text of JSON that is to become events: the largest statement, spelt out with hexadecimal and white space.
pub const EVENT_JSON_BYTES_MAX: usize = 1_048_576;
/// Bytes of the salt behind a commitment.
pub const SALT_BYTES: usize = 32;

/// A statement's signing time may differ from the ledger's time by this much: the admission window.
pub const ADMISSION_WINDOW_MS: i64 = 24 * 60 * 60 * 1_000;
/// The ledger's time may run ahead of the monotonic clock by this much without an operator's event.
pub const CLOCK_JUMP_MS_MAX: i64 = 60 * 60 * 1_000;
/// A recorded denial of one actor costs one of these a minute; beyond them refusals are counted and summed up.
pub const DENIALS_PER_MINUTE: u32 = 60;
/// How long the bytes of a refused statement stand in the vault.
pub const REFUSED_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// Keys that one actor may hold at once.
pub const ACTOR_KEYS_MAX: usize = 16;
/// Officers that `ledger.created` may name.
pub const OFFICERS_MAX: usize = 64;
/// Longest life of a break-glass grant.
pub const BREAKGLASS_MS_MAX: i64 = 24 * 60 * 60 * 1_000;

/// Files of one policy bundle: some owners, each with one rule file.
pub const POLICY_FILES_MAX: usize = 64;
/// Bytes of one policy file: what a reviewer can still read, and some.
pub const POLICY_FILE_BYTES_MAX: usize = 512 * 1_024;
/// Bytes of all files of one policy bundle together.
pub const POLICY_BUNDLE_BYTES_MAX: usize = 1_024 * 1_024;
/// Bytes of a comparison of policies in Markdown: GitHub takes comments of 65,536 characters, and a frame needs room.
pub const POLICY_MARKDOWN_BYTES_MAX: usize = 60_000;
/// Bytes of one line of a policy file.
pub const POLICY_LINE_BYTES_MAX: usize = 512;
/// Bytes of one word of the policy's vocabulary, and of a rule's id.
pub const POLICY_WORD_BYTES_MAX: usize = 64;
/// Words of one list of the policy's vocabulary.
pub const POLICY_WORDS_MAX: usize = 128;
/// Rows of one policy bundle: they bound the time that compiling takes.
pub const POLICY_RULES_MAX: usize = 10_000;
/// Cells (roles x environments x actions of object types) of one policy: they bound its memory.
pub const POLICY_CELLS_MAX: usize = 100_000;
/// Links in a chain of roles. casbin follows ten and then silently stops.
pub const POLICY_ROLE_DEPTH_MAX: usize = 8;
/// Scopes (environment x object type x action) with patterns finer than a type: each is an enforcer in memory.
pub const POLICY_PARTITIONS_MAX: usize = 512;
/// Rows of one such scope: casbin reads each of them at each decision, at about 1 microsecond.
pub const POLICY_PARTITION_ROWS_MAX: usize = 200;
/// Decoded records kept for the next reader, in bytes, about: those of some thousand statements.
pub const RECORDS_KEPT_BYTES: usize = 16 << 20;
/// Outlines of records kept for the next reader, in bytes, about: those of some ten thousand statements. A walk keeps those
/// that it needs with the surroundings below.
pub const OUTLINES_KEPT_BYTES: usize = 8 << 20;
/// Surroundings of subjects kept for the next walk along lineage, in bytes, about: those of some ten thousand subjects.
pub const SURROUNDINGS_KEPT_BYTES: usize = 64 << 20;
/// Names of subjects that are known to stand in them.
pub const SURROUNDINGS_NAMES_MAX: usize = 100_000;
/// Records that mention a subject, at most, for its surroundings to be read and kept as one.
pub const SURROUNDINGS_RECORDS_MAX: usize = 256;
/// Past decisions that a rehearsal keeps one by one, at about 1 KB each; those beyond are counted.
pub const FLIPS_KEPT_MAX: usize = 100_000;
/// Files of tests beside one policy.
pub const POLICY_TEST_FILES_MAX: usize = 64;
/// Nodes (words, lists, maps) of one file of tests: they bound its memory.
pub const POLICY_TEST_NODES_MAX: usize = 200_000;
/// Requests that the cases of one file come to when their lists are multiplied: they bound the time of a run.
pub const POLICY_TEST_REQUESTS_MAX: usize = 100_000;
/// Bytes of a golden matrix: that of a policy of the most cells, with room.
pub const POLICY_GOLDEN_BYTES_MAX: usize = 16 * 1_024 * 1_024;
/// Hours that a policy may let a grant last: ten years.
pub const POLICY_GRANT_HOURS_MAX: u32 = 87_600;

/// Bytes of a statement's protected header: all its fields at their longest, with room.
pub const PROTECTED_BYTES_MAX: usize = 2_048;
/// Bytes of a statement's `cti`: enough for any UUID or hash that a client uses as an idempotency key.
pub const CTI_BYTES_MAX: usize = 64;
/// Bytes of a media type (RFC 6838 section 4.2 allows 127 on each side of the slash; ours are far shorter).
pub const MEDIA_TYPE_BYTES_MAX: usize = 127;
/// Seconds since 1970 at the end of the year 9999, the last that RFC 3339 can write.
pub const UNIX_SECONDS_MAX: u64 = 253_402_300_799;
/// Bytes of one signature: the largest standard one, ML-DSA-87, has 4,627.
pub const SIGNATURE_BYTES_MAX: usize = 5_000;
/// Receipts attached to one Transparent Statement: one a log, and nobody uses more than a few logs.
pub const RECEIPTS_MAX: usize = 16;
/// Bytes of one receipt: 63 hashes, a signature and the headers, with room.
pub const RECEIPT_BYTES_MAX: usize = 12_288;
/// Hashes of one Merkle proof: a tree of 2⁶³ leaves needs no more.
pub const PROOF_HASHES_MAX: usize = 63;
/// Bytes of a signed note: a checkpoint with the most signatures of the largest kind, with room.
pub const NOTE_BYTES_MAX: usize = 524_288;
/// Signature lines of a note; C2SP signed-note asks verifiers for at least 16.
pub const NOTE_SIGNATURES_MAX: usize = 64;
/// Bytes of a note key's name, and of a log's origin.
pub const ORIGIN_BYTES_MAX: usize = 255;
/// Bytes of a verifier key (vkey) as text: the longest name and the largest key, ML-DSA-87 with 2,592 bytes.
pub const VKEY_BYTES_MAX: usize = 4_096;
/// Bytes of the unauthenticated `extra` of a tlog-proof.
pub const PROOF_EXTRA_BYTES_MAX: usize = 65_535;
/// Bytes of a PEM file with one key.
pub const PEM_BYTES_MAX: usize = 8_192;

// The HTTP door. Those that end in `_DEFAULT` are settings of `[server.limits]`; the others are fixed.

/// Bytes of a blob that comes in: a component or a profile. It is read into memory whole.
pub const HTTP_BLOB_BYTES_MAX: usize = PLUGIN_COMPONENT_BYTES_MAX;
/// Blobs that come in at once, so that they take 80 MB at most; further ones wait.
pub const HTTP_BLOBS_AT_ONCE: usize = 4;
/// Bytes of one request body: 512 statements of the largest size would be 30 MB; 16 MiB holds 256 of 60,000 bytes.
pub const HTTP_BODY_BYTES_DEFAULT: usize = 16 * 1024 * 1024;
/// Bytes of a request's line and headers: hyper's own smallest buffer.
pub const HTTP_HEADER_BYTES_DEFAULT: usize = 16 * 1024;
/// Headers of one request: clients send about ten, proxies add a handful.
pub const HTTP_HEADERS_DEFAULT: usize = 64;
/// Statements or events of one request: two full seals, so that a client can keep one batch ahead of the disk.
pub const HTTP_STATEMENTS_DEFAULT: usize = 512;
/// Milliseconds until a request's headers are complete, the idle time of a kept-alive connection included.
pub const HTTP_HEADER_READ_MS_DEFAULT: u64 = 30_000;
/// Milliseconds until a request's body is complete: 16 MiB at 1 MiB/s, and some.
pub const HTTP_BODY_READ_MS_DEFAULT: u64 = 20_000;
/// Milliseconds until a request is answered, its body's time included.
pub const HTTP_REQUEST_MS_DEFAULT: u64 = 30_000;
/// Milliseconds for which a peer may take no byte of an answer before the connection is dropped.
pub const HTTP_WRITE_STALL_MS_DEFAULT: u64 = 20_000;
/// Milliseconds for a TLS handshake.
pub const HTTP_HANDSHAKE_MS_DEFAULT: u64 = 10_000;
/// Milliseconds given to requests in hand when the server is asked to stop.
pub const HTTP_SHUTDOWN_MS_DEFAULT: u64 = 30_000;
/// Connections at once: a file descriptor and some tens of kilobytes each, below the usual `ulimit -n` of 1,024.
pub const HTTP_CONNECTIONS_DEFAULT: usize = 768;
/// Connections at once of one peer, so that one cannot take them all.
pub const HTTP_PEER_CONNECTIONS_DEFAULT: usize = 256;
/// Requests a second of one peer; 0 is no limit.
pub const HTTP_PEER_RATE_DEFAULT: u32 = 2_000;
/// Requests a second of one token; 0 is no limit.
pub const HTTP_TOKEN_RATE_DEFAULT: u32 = 1_000;
/// Seconds of the rate that may come at once.
pub const HTTP_BURST_SECONDS: u32 = 2;
/// Peers and tokens whose rate is remembered: 64 bytes each; beyond it the one longest silent is forgotten.
pub const HTTP_RATE_ENTRIES_MAX: usize = 65_536;
/// Reads of the disk at once, each on a thread of its own.
pub const HTTP_READS_DEFAULT: usize = 8;
/// Bytes of a refused request's body that are still taken off the wire: twice the largest body that is taken by default.
pub const HTTP_LINGER_BYTES_MAX: usize = 32 << 20;
/// Milliseconds for which such a body is taken: a client that is slow to see the answer sends on.
pub const HTTP_LINGER_MS_MAX: u64 = 10_000;
/// Milliseconds for which such a body may be silent.
pub const HTTP_LINGER_IDLE_MS: u64 = 1_000;
/// Such bodies at once, a few kilobytes each; further ones are dropped, which resets their stream or connection.
pub const HTTP_LINGERS_AT_ONCE: usize = 256;
/// Streams at once on one HTTP/2 connection: hyper's own default of 200 would let one peer hold too many bodies.
pub const HTTP_STREAMS_MAX: u32 = 64;
/// Milliseconds of pause after an accept that failed for want of descriptors, so that the loop does not spin.
pub const HTTP_ACCEPT_PAUSE_MS: u64 = 50;
/// Bytes of an idempotency key: enough for any UUID or hash, written out.
pub const HTTP_IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;
/// Bytes of a bearer token: 32 random bytes are 43 characters of base64.
pub const TOKEN_BYTES_MAX: usize = 256;
/// Tokens in the token file: each presented token is compared with all of them.
pub const TOKENS_MAX: usize = 1_024;
/// Bytes of a token, key or certificate file.
pub const SETTINGS_FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Records of one page of an answer.
pub const PAGE_RECORDS_MAX: usize = 1_000;
/// Records of one page, unless the request says otherwise.
pub const PAGE_RECORDS_DEFAULT: usize = 100;

// The command line.

/// Seconds that a command may be told to wait for a ledger or a server: a day. The clock cannot hold every moment above.
pub const CLIENT_PATIENCE_S_MAX: u64 = 86_400;
/// Bytes of a server's answer: a blob of the largest size.
pub const CLIENT_ANSWER_BYTES_MAX: u64 = BLOB_BYTES_MAX;
/// Milliseconds that git, or the interpreter of a job, has to answer: on a cold network disk `git status` needs seconds.
pub const TOOL_ANSWER_MS_MAX: u64 = 10_000;
/// Bytes of such an answer that are read.
pub const TOOL_ANSWER_BYTES_MAX: u64 = 1 << 20;

// Questions about records.
/// Postings of the index read at a time.
pub const QUERY_POSTINGS_AT_ONCE: usize = 256;
/// Records that one call looks at, whatever it finds, at some 20 microseconds each: the rest is for the next page.
pub const QUERY_LOOKED_AT_MAX: usize = 20_000;

// Questions about lineage, and their evidence.

/// Edges from the beginning of a walk to its end: no pipeline is that long, and a walk of that depth ends by its nodes.
pub const LINEAGE_DEPTH_MAX: u32 = 1_000;
/// The same, unless the question says otherwise.
pub const LINEAGE_DEPTH_DEFAULT: u32 = 20;
/// Subjects of one answer: more than a person or a picture can hold.
pub const LINEAGE_NODES_MAX: u32 = 10_000;
/// The same, unless the question says otherwise.
pub const LINEAGE_NODES_DEFAULT: u32 = 1_000;
/// Edges of one answer.
pub const LINEAGE_EDGES_MAX: u32 = 100_000;
/// Records read for one answer, at some 20 microseconds each: a subject that a million records mention is cut there.
pub const LINEAGE_RECORDS_MAX: usize = 50_000;
/// Records of one sample: auditors draw some tens.
pub const LINEAGE_SAMPLE_MAX: u32 = 10_000;
/// Kinds of events that one sample is drawn from.
pub const LINEAGE_SAMPLE_KINDS_MAX: usize = 16;
/// Boxes of one picture: more is a carpet, not a picture.
pub const DRAW_NODES_MAX: usize = 2_000;
/// Arrows of one picture.
pub const DRAW_LINKS_MAX: usize = 10_000;
/// Bends of all arrows of one picture: an arrow over many layers has one in each, and the layout looks at all of them.
pub const DRAW_BENDS_MAX: usize = 40_000;
/// Bytes of the statements that one export is made of: a text of a few times the size is made of them in memory.
pub const EXPORT_BYTES_MAX: u64 = 32 << 20;
/// Records of one evidence bundle.
pub const EVIDENCE_RECORDS_MAX: usize = 50_000;
/// Bytes of one evidence bundle; it is read into memory whole.
pub const EVIDENCE_BYTES_MAX: usize = 256 << 20;
/// Bytes of the log's entries in the evidence of a range; with blobs and refused statements it may be twice as large.
pub const RANGE_BYTES_MAX: usize = 256 << 20;
/// Attestations that evidence may carry.
pub const EVIDENCE_ATTESTATIONS_MAX: usize = 16;

/// Bytes of one journal write: 256 statements of the largest size and a seal, each with its length.
pub const JOURNAL_BATCH_BYTES_MAX: usize = 17 << 20;
/// Bytes of a stored checkpoint: far more than a note with 16 signatures has.
pub const CHECKPOINT_BYTES_MAX: u64 = 64 << 10;
/// Bytes of entries that may stand in the journal alone before admission answers busy: they are held in memory until
/// their tiles are written. Some seconds of the highest rate, and a share of memory that a small machine has.
pub const LAG_BYTES_MAX: u64 = 256 << 20;
/// Bytes that an entry in memory costs besides its own.
pub const LAG_ENTRY_BYTES: u64 = 64;
/// Bytes of `log.pub`: a verifier key a line, for more keys than a log ever signs with at once.
pub const LOG_PUB_BYTES_MAX: u64 = 64 << 10;
/// Bytes of a blob: a plugin component or a profile of a dataset, not the dataset; it is read into memory whole.
pub const BLOB_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a blob that are held at once while it is only checked.
pub const BLOB_PIECE_BYTES: usize = 1 << 20;
/// Missing blobs that a verification names; more are only counted.
pub const BLOBS_MISSING_NAMED_MAX: usize = 20;
/// Bytes of a secret file: a PEM key with room to spare.
pub const SECRET_BYTES_MAX: u64 = 64 << 10;
/// Bytes of a key in the index: a subject, its prefix and a number fit.
pub const INDEX_KEY_BYTES_MAX: usize = 1_024;
/// Bytes of a cell in the index: far below what sled would put into a file of its own.
pub const INDEX_CELL_BYTES_MAX: usize = 128 << 10;

// Profiles (`sagwan profile`).

/// Columns of a profiled file: wide feature tables have some hundreds; a million is a mistake or an attack.
pub const PROFILE_COLUMNS_MAX: usize = 2_048;
/// Bytes of one row of a profiled text file: an unclosed quote would otherwise swallow the rest of the file.
pub const PROFILE_ROW_BYTES_MAX: u64 = 4 << 20;
/// Bytes that a profile of any file may hold while it reads, shared out among the columns.
pub const PROFILE_MEMORY_BYTES: usize = 256 << 20;
/// Values of one column that are counted one by one; beyond, it is text.
pub const PROFILE_VALUES_MAX: usize = 4_096;
/// Bytes of a value that is counted one by one; a column with a longer one is text.
pub const PROFILE_VALUE_BYTES_MAX: usize = 256;
/// Different values up to which a profile lists them with their counts: categories by default, numbers always.
pub const PROFILE_CATEGORIES_DEFAULT: usize = 256;
/// Steps of a profile's distribution function: between two of them lies a thousandth of the values.
pub const PROFILE_STEPS: u64 = 1_000;
/// Values counted exactly as different before a column's count becomes an estimate.
pub const PROFILE_DISTINCT_EXACT_MAX: usize = 1 << 16;
/// Rows that are compared with all before them when duplicates are counted: 16 bytes each.
pub const PROFILE_DUPLICATE_ROWS_MAX: usize = 4 << 20;
/// Classes of a target up to which a profile holds the table of targets and predictions.
pub const PROFILE_CLASSES_MAX: usize = 64;
/// Bytes that one column chunk of a Parquet file may claim to unpack to.
pub const PROFILE_CHUNK_BYTES_MAX: i64 = 1 << 30;

// Plugins. A rule that needs more than these is split, or looks at a profile instead of the data. Those of a call are
// the defaults of `plugin::Limits`, and the engine profile in a seal names them; an operator may give less (`plugin::PluginConfig`).

/// Bytes of a component: JavaScript's are 12 MB, Python's 18 MB.
pub const PLUGIN_COMPONENT_BYTES_MAX: usize = 20_000_000;
/// Functions of a component, its core modules counted together: Python's has some 30,000; 60,000 empty ones compile
/// for six seconds.
pub const PLUGIN_FUNCTIONS_MAX: usize = 100_000;
/// Bytes of one function: the time to compile one grows faster than its size, and nothing interrupts it.
pub const PLUGIN_FUNCTION_BYTES_MAX: usize = 1_048_576;
/// Core instances of a component: Python's has more than ten.
pub const PLUGIN_CORE_INSTANCES_MAX: usize = 64;
/// Linear memories of a component, and tables: what a pool must hold ready for each call.
pub const PLUGIN_MEMORIES_MAX: usize = 8;
/// Tables of a component.
pub const PLUGIN_TABLES_MAX: usize = 32;
/// Elements of all tables of a component: one a function that is called through a pointer.
pub const PLUGIN_TABLE_ELEMENTS_MAX: usize = 200_000;
/// Instructions of one call, in wasmtime's units of fuel: some 20 ms, on a slow machine 100.
pub const PLUGIN_FUEL_MAX: u64 = 50_000_000;
/// The same of a monitor, which holds nobody up: enough for two profiles of a few hundred kilobytes.
pub const PLUGIN_MONITOR_FUEL_MAX: u64 = 200_000_000;
/// Bytes of all linear memories of one call.
pub const PLUGIN_MEMORY_BYTES_MAX: usize = 64 << 20;
/// Bytes of the stack of one call: a quarter of a thread's, so that the host's own frames fit beside it.
pub const PLUGIN_STACK_BYTES_MAX: usize = 512 << 10;
/// Bytes that one result, or the arguments of one question, may make the host hold.
pub const PLUGIN_RESULT_BYTES_MAX: usize = 1 << 20;
/// Milliseconds of one call: the backstop behind fuel, three times what its fuel takes on a slow machine.
pub const PLUGIN_CALL_MS_MAX: u64 = 1_000;
/// The same of a monitor.
pub const PLUGIN_MONITOR_CALL_MS_MAX: u64 = 4_000;
/// Milliseconds after which a component that could not be made ready is tried again, where the machine was the reason
/// (memory, a full disk): long enough that no storm of attempts adds to that.
pub const PLUGIN_RETRY_MS: u64 = 30_000;
/// Milliseconds between two looks at that deadline.
pub const PLUGIN_TICK_MS: u64 = 50;
// The least that an operator may give a call in `[plugin]` of `sagwan.toml`: what ships still judges an ordinary event.

/// Units of fuel.
pub const PLUGIN_FUEL_MIN: u64 = 1_000_000;
/// Bytes of memory.
pub const PLUGIN_MEMORY_BYTES_MIN: usize = 1 << 20;
/// Bytes of stack: a component is asked under it what it is, too.
pub const PLUGIN_STACK_BYTES_MIN: usize = 64 << 10;
/// Bytes of a result.
pub const PLUGIN_RESULT_BYTES_MIN: usize = 16 << 10;
/// Milliseconds of a call: two looks at the deadline.
pub const PLUGIN_CALL_MS_MIN: u64 = 2 * PLUGIN_TICK_MS;

/// Bytes of log of one call.
pub const PLUGIN_LOG_BYTES_MAX: usize = 64 << 10;
/// Questions of one call.
pub const PLUGIN_QUERIES_MAX: u32 = 1_000;
/// Bytes of answers of one call: a few profiles.
pub const PLUGIN_ANSWER_BYTES_MAX: usize = 16 << 20;
/// Events of one answer.
pub const PLUGIN_ANSWER_EVENTS_MAX: usize = 256;
/// Calls that run at once: each may hold `PLUGIN_MEMORY_BYTES_MAX`.
pub const PLUGIN_CALLS_MAX: usize = 32;
/// Findings of one verdict.
pub const PLUGIN_FINDINGS_MAX: usize = 256;
/// Observations of one call of a monitor.
pub const PLUGIN_OBSERVATIONS_MAX: usize = 64;
/// Metrics of one observation, thresholds counted as such.
pub const PLUGIN_METRICS_MAX: usize = 256;
/// Digests of evidence of one finding or observation.
pub const PLUGIN_EVIDENCE_MAX: usize = 64;
/// Attributes of one finding, observation or description.
pub const PLUGIN_ATTRIBUTES_MAX: usize = 32;
/// Bytes of a finding's code, and of a plugin's name and version.
pub const PLUGIN_WORD_BYTES_MAX: usize = 64;
/// Bytes of the JSON Schema of a plugin's settings.
pub const PLUGIN_SCHEMA_BYTES_MAX: usize = 65_536;
/// Kinds that a plugin may say it speaks of.
pub const PLUGIN_KINDS_MAX: usize = 128;
/// Errors that `check-settings` may name.
pub const PLUGIN_SETTINGS_ERRORS_MAX: usize = 64;
/// Bytes of a key of a monitor's state.
pub const PLUGIN_STATE_KEY_BYTES_MAX: usize = 256;
/// Bytes under one key of a monitor's state.
pub const PLUGIN_STATE_VALUE_BYTES_MAX: usize = 65_536;
/// Bytes of a monitor's state, keys and values together: it is kept in memory and written when it changes.
pub const PLUGIN_STATE_BYTES_MAX: usize = 16 << 20;
/// Keys of a monitor's state.
pub const PLUGIN_STATE_KEYS_MAX: usize = 10_000;
/// Events that a monitor is shown between two marks when it finds nothing: what a start may show it again.
pub const MONITOR_MARK_EVENTS: u64 = 10_000;
/// Records that one monitor looks at before the next one has its turn.
pub const MONITOR_ROUND_RECORDS: u64 = 1_024;
/// Milliseconds of the ledger's time between two ticks of a monitor.
pub const MONITOR_TICK_MS: i64 = 3_600_000;
/// Milliseconds that a closing ledger gives its monitors to look at what is new.
pub const MONITOR_CLOSE_MS: u64 = 2_000;
/// Events of one statement in which the ledger records what a monitor found.
pub const MONITOR_STATEMENT_EVENTS_MAX: usize = 32;
/// Bytes of these events together; with the header they fit into a statement.
pub const MONITOR_STATEMENT_BYTES_MAX: usize = 50_000;
/// Events that a monitor may find between two of its marks when it looks again: they are held until the mark.
pub const REWATCHED_EVENTS_MAX: usize = 100_000;
/// Times that a plugin's call is made when it is re-performed and ends for a reason of the host.
pub const REPERFORM_ATTEMPTS: usize = 3;
/// Differences that re-performance keeps, and as many things that it could not make again; more are only counted.
pub const REPERFORM_NOTES_MAX: usize = 10_000;
/// Keys of one listing of a monitor's state.
pub const PLUGIN_STATE_LISTED_MAX: usize = 1_000;
/// Seconds of CPU that compiling a component may take: Python's takes 26.
pub const PLUGIN_COMPILE_CPU_SECONDS_MAX: u64 = 120;
/// Seconds on the wall that compiling a component may take, on a busy machine.
pub const PLUGIN_COMPILE_SECONDS_MAX: u64 = 300;
/// Bytes of address space of the process that compiles a component.
pub const PLUGIN_COMPILE_BYTES_MAX: u64 = 4 << 30;
/// Fixtures of one plugin: each is a folder of files that are held in memory.
pub const PLUGIN_FIXTURES_MAX: usize = 10_000;

/// Webhook endpoints of one ledger: each has a thread and a queue.
pub const WEBHOOKS_MAX: usize = 16;
/// Bytes of a webhook's shared secret, at least (Standard Webhooks 1.0: 192 bits).
pub const WEBHOOK_SECRET_BYTES_MIN: usize = 24;
/// Bytes of a webhook's shared secret, at most (Standard Webhooks 1.0: 512 bits).
pub const WEBHOOK_SECRET_BYTES_MAX: usize = 64;
/// Secrets that one endpoint has at once: the old and the new while they are changed.
pub const WEBHOOK_SECRETS_MAX: usize = 4;
/// Bytes of a secret file.
pub const WEBHOOK_SECRET_FILE_BYTES_MAX: u64 = 4_096;
/// Messages that wait for one endpoint; beyond it no further records are looked at until some are through.
pub const WEBHOOK_WAITING_MAX: usize = 10_000;
/// Messages given up and kept for one endpoint; the oldest go, and the log says that they were given up.
pub const WEBHOOK_DEAD_MAX: usize = 10_000;
/// Bytes of the file in which an endpoint's queue stands: 20,000 messages at about 500 bytes.
pub const WEBHOOK_QUEUE_BYTES_MAX: u64 = 32 << 20;
/// Bytes of a message's body; a larger event is left out of it and named by its index.
pub const WEBHOOK_BODY_BYTES_MAX: usize = 256 << 10;
/// Bytes that are read of an endpoint's answer: nothing in it is used.
pub const WEBHOOK_ANSWER_BYTES_MAX: u64 = 16 << 10;
/// Bytes of an answer's headers.
pub const WEBHOOK_HEADER_BYTES_MAX: usize = 16 << 10;
/// Milliseconds that one attempt may take, from looking up the name to the end of the answer.
pub const WEBHOOK_ATTEMPT_MS_MAX: u64 = 15_000;
/// Attempts before a message is given up: with the waits below about a day.
pub const WEBHOOK_ATTEMPTS_DEFAULT: u32 = 10;
/// Attempts that a setting may ask for.
pub const WEBHOOK_ATTEMPTS_MAX: u32 = 30;
/// Milliseconds before the second attempt; each further wait is four times as long.
pub const WEBHOOK_RETRY_MS_DEFAULT: u64 = 5_000;
/// Milliseconds that no wait exceeds, whatever the endpoint asks for: eight hours.
pub const WEBHOOK_RETRY_MS_MAX: u64 = 8 * 3_600_000;
/// Milliseconds between two looks at the ledger's head.
pub const WEBHOOK_LOOK_MS: u64 = 500;
/// Milliseconds after which it is written down how far a courier looked, also when he found nothing.
pub const WEBHOOK_SAVE_MS: i64 = 60_000;
/// Attempts of one turn, so that what is new is seen and what was done is recorded in between.
pub const WEBHOOK_TURN_ATTEMPTS_MAX: usize = 64;
/// Characters of a failure's reason that are kept.
pub const WEBHOOK_REASON_CHARS_MAX: usize = 300;

/// Witnesses that one ledger asks: each takes a connection a round.
pub const WITNESSES_MAX: usize = 16;
/// Milliseconds that one request to a witness may take, from looking up the name to the end of the answer.
pub const WITNESS_REQUEST_MS_MAX: u64 = 5_000;
/// Requests to one witness in one round: one with the size that is remembered, one with the size that it answers.
pub const WITNESS_REQUESTS_MAX: usize = 2;
/// Bytes of a witness's answer: a few signature lines.
pub const WITNESS_ANSWER_BYTES_MAX: u64 = 16 << 10;
/// Bytes of an answer's headers.
pub const WITNESS_HEADER_BYTES_MAX: usize = 16 << 10;
/// Seconds between two rounds.
pub const WITNESS_INTERVAL_S_DEFAULT: u64 = 10;
/// Seconds between two rounds that a setting may ask for: a day.
pub const WITNESS_INTERVAL_S_MAX: u64 = 86_400;
/// Seconds without a quorum after which the operator is told.
pub const WITNESS_LAG_S_DEFAULT: u64 = 300;
/// Milliseconds that a witness which fails is left alone, at most; the wait doubles with each failure.
pub const WITNESS_REST_MS_MAX: u64 = 10 * 60_000;
/// Bytes of the file in which stands what one witness cosigned last.
pub const WITNESS_STATE_BYTES_MAX: u64 = 64 << 10;
/// Seconds by which a witness's clock may be ahead of ours: a cosignature from further in the future is not kept.
pub const WITNESS_AHEAD_S_MAX: u64 = 3_600;
/// Bytes of a policy of witnesses (C2SP tlog-policy).
pub const WITNESS_POLICY_BYTES_MAX: usize = 256 << 10;
/// Logs, and witnesses with groups, of a policy; the specification asks for at least 32 of each.
pub const WITNESS_POLICY_LINES_MAX: usize = 256;

/// Seconds between two looks of `sagwan watch`.
pub const WATCH_INTERVAL_S_DEFAULT: u64 = 60;
/// Seconds between two looks that may be asked for: a day.
pub const WATCH_INTERVAL_S_MAX: u64 = 86_400;
/// Looks again before a smaller tree, or tiles that do not fit, count: a cache may be a moment behind.
pub const WATCH_LOOKS_AGAIN: u32 = 2;
/// Milliseconds before such a look.
pub const WATCH_LOOK_AGAIN_MS: u64 = 1_500;
/// Different contradictions of one log that are kept.
pub const WATCH_ALARMS_MAX: u32 = 99;
