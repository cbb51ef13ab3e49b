//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const CASCADE: TableId = TableId("cascade");
    pub(in super::super) const CASCADE_LIMIT: TableId = TableId("cascade-limit");
    pub(in super::super) const CRITICAL: TableId = TableId("critical");
    pub(in super::super) const FLOW: TableId = TableId("flow");
    pub(in super::super) const LAGS: TableId = TableId("lags");
    pub(in super::super) const LIMIT: TableId = TableId("limit");
    pub(in super::super) const LOOPS: TableId = TableId("loops");
    pub(in super::super) const NATURAL: TableId = TableId("natural-images");
    pub(in super::super) const SIDED: TableId = TableId("sided");
    pub(in super::super) const TRAINED: TableId = TableId("trained");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const BINDER: Column = Column("binder");
    pub(in super::super) const DOWN: Column = Column("down");
    pub(in super::super) const ERROR: Column = Column("error");
    pub(in super::super) const EXACT: Column = Column("exact");
    pub(in super::super) const FIRST: Column = Column("first");
    pub(in super::super) const GAIN: Column = Column("gain");
    pub(in super::super) const LAMBDA: Column = Column("lambda");
    pub(in super::super) const M: Column = Column("m");
    pub(in super::super) const RATE: Column = Column("rate");
    pub(in super::super) const SECOND: Column = Column("second");
    pub(in super::super) const SHARE: Column = Column("share");
    pub(in super::super) const SIZE: Column = Column("size");
    pub(in super::super) const TAU: Column = Column("tau");
    pub(in super::super) const THEORY: Column = Column("theory");
    pub(in super::super) const UP: Column = Column("up");
    pub(in super::super) const UPDATE: Column = Column("update");
    pub(in super::super) const UU: Column = Column("uu");
    pub(in super::super) const VARIANCE: Column = Column("variance");
    pub(in super::super) const Z: Column = Column("z");
}
