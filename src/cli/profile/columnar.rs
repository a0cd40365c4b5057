//! Parquet, read in batches of rows.

use super::unfit;
use crate::{
    cli::{
        Context, content,
        failure::{Done, Failure},
    },
    event::limits,
    profile::{Cell, Options, Profile, ProfileError, Profiler, Source},
};
use arrow::{
    array::{Array, ArrayRef, AsArray as _, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray},
    compute::cast,
    datatypes::{DataType, Float64Type, Int64Type, TimeUnit},
    error::ArrowError,
    util::display::{ArrayFormatter, FormatOptions},
};
use indicatif::ProgressBar;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::{fs::File, path::Path};

/// Rows read at a time.
const BATCH_ROWS: usize = 4_096;

/// The profile of a Parquet file.
///
/// # Errors
/// When it cannot be read, is damaged, or claims more than the limits.
pub fn read(path: &Path, options: &Options, context: &Context) -> Done<Profile> {
    let content = content::of(path)?;
    let source = Source {
        digest: content.digest.to_string(),
        bytes: content.bytes,
        format: "parquet".into(),
        missing_words: Vec::new(),
    };
    // On a thread of its own: should the library stop at a damaged file, the thread ends and nothing else.
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let (reader, rows) = open(path)?;
            let bar = context.printer.progress("profiling", rows);
            let profile = profiled(path, reader, options, source, &bar);
            bar.finish_and_clear();
            profile
        });
        reading.join().unwrap_or_else(|_| Err(broken(path, &"the reader stopped")))
    })
}

fn broken(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let next = "write it again, or check that it was copied whole";
    Failure::invalid(format!("{}: the Parquet file is damaged: {error}", path.display()), next)
}

fn open(path: &Path) -> Done<(ParquetRecordBatchReader, u64)> {
    let file = File::open(path).map_err(|error| Failure::io("read", path, &error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| broken(path, &error))?;
    let columns = builder.schema().fields().len();
    if columns > limits::PROFILE_COLUMNS_MAX {
        return Err(unfit(path, &ProfileError::TooManyColumns { columns }));
    }
    let metadata = builder.metadata();
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    if let Some(most) = chunks.map(|chunk| chunk.uncompressed_size()).max()
        && most > limits::PROFILE_CHUNK_BYTES_MAX
    {
        return Err(Failure::invalid(
            format!(
                "{}: a column chunk unpacks to {most} bytes, the limit is {}",
                path.display(),
                limits::PROFILE_CHUNK_BYTES_MAX
            ),
            "write it again with smaller row groups",
        ));
    }
    let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or_default();
    let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(|error| broken(path, &error))?;
    Ok((reader, rows))
}

fn profiled(
    path: &Path,
    mut reader: ParquetRecordBatchReader,
    options: &Options,
    source: Source,
    bar: &ProgressBar,
) -> Done<Profile> {
    use arrow::record_batch::RecordBatchReader as _;
    let names = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut profiler = Profiler::new(names, options).map_err(|error| unfit(path, &error))?;
    for batch in &mut reader {
        let batch = batch.map_err(|error| broken(path, &error))?;
        add(&mut profiler, &batch, path)?;
        bar.inc(batch.num_rows() as u64);
    }
    Ok(profiler.finish(source))
}

fn add(profiler: &mut Profiler, batch: &RecordBatch, path: &Path) -> Done {
    let columns = batch.columns().iter().map(Values::of).collect::<Result<Vec<_>, _>>();
    let columns = columns.map_err(|error| broken(path, &error))?;
    let mut cells = Vec::with_capacity(columns.len());
    for row in 0..batch.num_rows() {
        cells.clear();
        cells.extend(columns.iter().map(|column| column.cell(row)));
        profiler.row(&cells, None).map_err(|error| unfit(path, &error))?;
    }
    Ok(())
}

/// A column of a batch in one of the forms that a profile knows.
enum Values {
    Missing,
    Integer(Int64Array),
    Float(Float64Array),
    Boolean(BooleanArray),
    Time(Int64Array),
    Text(StringArray),
    /// The text form, where there is a value.
    Other(Vec<Option<String>>),
}

impl Values {
    fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        let to = |kind: &DataType| cast(array, kind);
        Ok(match array.data_type() {
            DataType::Null => Self::Missing,
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => Self::Integer(to(&DataType::Int64)?.as_primitive::<Int64Type>().clone()),
            DataType::UInt64
            | DataType::Float16
            | DataType::Float32
            | DataType::Float64
            | DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => Self::Float(to(&DataType::Float64)?.as_primitive::<Float64Type>().clone()),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                Self::Text(to(&DataType::Utf8)?.as_string::<i32>().clone())
            }
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
                let millis = to(&DataType::Timestamp(TimeUnit::Millisecond, None))?;
                Self::Time(cast(&millis, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
            }
            DataType::Dictionary(_, values) => Self::of(&to(values)?)?,
            _ => {
                let format = FormatOptions::default();
                let formatter = ArrayFormatter::try_new(array.as_ref(), &format)?;
                let text = |row| array.is_valid(row).then(|| formatter.value(row).try_to_string()).transpose();
                Self::Other((0..array.len()).map(text).collect::<Result<_, _>>()?)
            }
        })
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        let cell = match self {
            Self::Missing => None,
            Self::Integer(array) => array.is_valid(row).then(|| Cell::Integer(array.value(row))),
            Self::Float(array) => array.is_valid(row).then(|| Cell::Float(array.value(row))),
            Self::Boolean(array) => array.is_valid(row).then(|| Cell::Boolean(array.value(row))),
            Self::Time(array) => array.is_valid(row).then(|| Cell::Time(array.value(row))),
            Self::Text(array) => array.is_valid(row).then(|| Cell::Text(array.value(row))),
            Self::Other(texts) => texts.get(row).and_then(Option::as_deref).map(Cell::Other),
        };
        cell.unwrap_or(Cell::Missing)
    }
}
