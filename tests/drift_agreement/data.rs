//! The data of the project, as tables that can be cut and profiled.

use arrow::{
    array::{Array, ArrayRef, Float64Array, Int64Array, LargeStringArray, StringArray, TimestampMicrosecondArray},
    compute::{cast, concat_batches},
    datatypes::{DataType, TimeUnit},
    record_batch::RecordBatch,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sagwan::profile::{Cell, Options, Profiler, Source};
use std::{fs::File, path::Path};

/// A column of a table.
enum Values {
    Integers(Int64Array),
    Floats(Float64Array),
    Texts(StringArray),
    Times(TimestampMicrosecondArray),
}

impl Values {
    fn of(array: &ArrayRef) -> Self {
        let to = |kind: DataType| cast(array, &kind).unwrap();
        let any = |array: &ArrayRef| array.as_any().downcast_ref::<LargeStringArray>().is_some();
        match array.data_type() {
            DataType::Float64 | DataType::Float32 => Self::Floats(to(DataType::Float64).to_data().into()),
            DataType::Timestamp(..) => {
                Self::Times(to(DataType::Timestamp(TimeUnit::Microsecond, None)).to_data().into())
            }
            DataType::Utf8 => Self::Texts(to(DataType::Utf8).to_data().into()),
            _ if any(array) => Self::Texts(to(DataType::Utf8).to_data().into()),
            _ => Self::Integers(to(DataType::Int64).to_data().into()),
        }
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Integers(values) if !values.is_null(row) => Cell::Integer(values.value(row)),
            Self::Floats(values) if !values.is_null(row) => Cell::Float(values.value(row)),
            Self::Texts(values) if !values.is_null(row) => Cell::Text(values.value(row)),
            Self::Times(values) if !values.is_null(row) => Cell::Time(values.value(row) / 1_000),
            _ => Cell::Missing,
        }
    }
}

/// A table.
pub struct Table {
    batch: RecordBatch,
}

/// A profile as it is stored, and as it can be asked.
pub struct Profiled {
    /// As it is stored.
    pub bytes: Vec<u8>,
    profile: sagwan::profile::Profile,
}

impl Profiled {
    /// The population's standard deviation of a column of numbers.
    pub fn deviation(&self, column: &str) -> Option<f64> {
        let number = self.profile.columns.iter().find(|one| one.name == column)?.number.as_ref()?;
        let count = number.count as f64;
        Some(number.deviation? * ((count - 1.0) / count).sqrt())
    }
}

impl Table {
    /// One of the two files of `data/`: 0 is the reference, 1 what is held against it.
    pub fn read(name: &str, part: usize) -> Self {
        let file = match name {
            "adult" => ["adult/train.parquet", "adult/test.parquet"][part],
            "california" => ["california_housing/reference.parquet", "california_housing/analysis.parquet"][part],
            other => panic!("no data {other}"),
        };
        let file = File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().unwrap();
        Self { batch: concat_batches(&batches[0].schema(), &batches).unwrap() }
    }

    /// The rows whose `timestamp` lies in a month such as `2021-06`.
    pub fn month(&self, month: &str) -> Self {
        let Values::Times(times) = Values::of(self.batch.column_by_name("timestamp").unwrap()) else {
            panic!("timestamp is no time")
        };
        let inside = |row: &usize| {
            let time = time::OffsetDateTime::from_unix_timestamp(times.value(*row) / 1_000_000).unwrap();
            format!("{}-{:02}", time.year(), u8::from(time.month())) == month
        };
        // Rows are in the order of their times.
        let rows: Vec<usize> = (0..times.len()).filter(inside).collect();
        assert!(rows.windows(2).all(|pair| pair[1] == pair[0] + 1) && !rows.is_empty(), "{month}");
        Self { batch: self.batch.slice(rows[0], rows.len()) }
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Its profile.
    pub fn profile(&self, options: &Options) -> Profiled {
        let names = self.batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        let mut profiler = Profiler::new(names, options).unwrap();
        let columns: Vec<Values> = self.batch.columns().iter().map(Values::of).collect();
        for row in 0..self.rows() {
            let cells: Vec<Cell<'_>> = columns.iter().map(|column| column.cell(row)).collect();
            profiler.row(&cells, None).unwrap();
        }
        let profile = profiler.finish(Source::default());
        Profiled { bytes: serde_json::to_vec(&profile).unwrap(), profile }
    }
}
