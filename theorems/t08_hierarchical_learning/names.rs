//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const CAPTURED: TableId = TableId("captured");
    pub(in super::super) const CLASSES: TableId = TableId("classes");
    pub(in super::super) const DECODED: TableId = TableId("decoded");
    pub(in super::super) const DECODING: TableId = TableId("decoding");
    pub(in super::super) const EDGES: TableId = TableId("edges");
    pub(in super::super) const IMAGE: TableId = TableId("image");
    pub(in super::super) const LIKELIHOOD: TableId = TableId("likelihood");
    pub(in super::super) const MODES: TableId = TableId("modes");
    pub(in super::super) const POSITIONS: TableId = TableId("positions");
    pub(in super::super) const ROUGHNESS: TableId = TableId("roughness");
    pub(in super::super) const SAMPLES: TableId = TableId("samples");
    pub(in super::super) const SINGULAR_VALUES: TableId = TableId("singular-values");
    pub(in super::super) const SPECTRA: TableId = TableId("spectra");
    pub(in super::super) const SYMMETRY: TableId = TableId("symmetry");
    pub(in super::super) const VECTORS: TableId = TableId("vectors");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const ABOVE: Column = Column("above");
    pub(in super::super) const ALL: Column = Column("all");
    pub(in super::super) const APART: Column = Column("apart");
    pub(in super::super) const AWARE: Column = Column("aware");
    pub(in super::super) const CHAINS: Column = Column("chains");
    pub(in super::super) const CHAINS_U: Column = Column("chains_u");
    pub(in super::super) const CHAINS_W: Column = Column("chains_w");
    pub(in super::super) const DATA: Column = Column("data");
    pub(in super::super) const DATA_U: Column = Column("data_u");
    pub(in super::super) const DATA_W: Column = Column("data_w");
    pub(in super::super) const EDGE: Column = Column("edge");
    pub(in super::super) const FLOOR: Column = Column("floor");
    pub(in super::super) const HALF: Column = Column("half");
    pub(in super::super) const HEIGHT: Column = Column("height");
    pub(in super::super) const HIDDEN: Column = Column("hidden");
    pub(in super::super) const IMAGE: Column = Column("image");
    pub(in super::super) const INDEPENDENT: Column = Column("independent");
    pub(in super::super) const INSIDE: Column = Column("inside");
    pub(in super::super) const JS: Column = Column("js");
    pub(in super::super) const LAMBDA: Column = Column("lambda");
    pub(in super::super) const LEADING: Column = Column("leading");
    pub(in super::super) const LN_Z: Column = Column("ln_z");
    pub(in super::super) const LN_Z_HALF: Column = Column("ln_z_half");
    pub(in super::super) const MIDDLE: Column = Column("middle");
    pub(in super::super) const MODE: Column = Column("mode");
    pub(in super::super) const PIXEL: Column = Column("pixel");
    pub(in super::super) const REPLICA: Column = Column("replica");
    pub(in super::super) const ROUGHNESS: Column = Column("roughness");
    pub(in super::super) const ROW: Column = Column("row");
    pub(in super::super) const SADDLE: Column = Column("saddle");
    pub(in super::super) const SADDLE_U: Column = Column("saddle_u");
    pub(in super::super) const SADDLE_W: Column = Column("saddle_w");
    pub(in super::super) const SHADE: Column = Column("shade");
    pub(in super::super) const SHARE: Column = Column("share");
    pub(in super::super) const SPLIT: Column = Column("split");
    pub(in super::super) const TRAILING: Column = Column("trailing");
    pub(in super::super) const U: Column = Column("u");
    pub(in super::super) const UPDATE: Column = Column("update");
    pub(in super::super) const WHOLE: Column = Column("whole");
    pub(in super::super) const WIDTH: Column = Column("width");
}
