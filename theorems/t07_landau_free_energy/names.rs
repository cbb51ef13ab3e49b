//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const CURVES: TableId = TableId("curves");
    pub(in super::super) const LINE: TableId = TableId("line");
    pub(in super::super) const ORDER: TableId = TableId("order");
    pub(in super::super) const ORDER_CURVE: TableId = TableId("order-curve");
    pub(in super::super) const PHASES: TableId = TableId("phases");
    pub(in super::super) const POTENTIAL: TableId = TableId("potential");
    pub(in super::super) const SPREADS: TableId = TableId("spreads");
    pub(in super::super) const SURFACE: TableId = TableId("surface");
    pub(in super::super) const TRAINING: TableId = TableId("training");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const BIASES: Column = Column("biases");
    pub(in super::super) const BINDER: Column = Column("binder");
    pub(in super::super) const CHAINS: Column = Column("chains");
    pub(in super::super) const COUPLING: Column = Column("coupling");
    pub(in super::super) const ERROR: Column = Column("error");
    pub(in super::super) const EXACT: Column = Column("exact");
    pub(in super::super) const FIELD: Column = Column("field");
    pub(in super::super) const FREE: Column = Column("free");
    pub(in super::super) const HIDDEN: Column = Column("hidden");
    pub(in super::super) const LAMBDA: Column = Column("lambda");
    pub(in super::super) const LANDAU: Column = Column("landau");
    pub(in super::super) const M: Column = Column("m");
    pub(in super::super) const M_ERROR: Column = Column("m_error");
    pub(in super::super) const Q: Column = Column("q");
    pub(in super::super) const Q_ERROR: Column = Column("q_error");
    pub(in super::super) const SIZE: Column = Column("size");
    pub(in super::super) const SPREAD: Column = Column("spread");
    pub(in super::super) const STATES: Column = Column("states");
    pub(in super::super) const STRENGTH: Column = Column("strength");
    pub(in super::super) const UPDATE: Column = Column("update");
    pub(in super::super) const VISIBLE: Column = Column("visible");
}
