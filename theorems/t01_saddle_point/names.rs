//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const LANDSCAPES: TableId = TableId("landscapes");
    pub(in super::super) const MODE_1: TableId = TableId("mode-1");
    pub(in super::super) const OFFSETS: TableId = TableId("offsets");
    pub(in super::super) const SAMPLES: TableId = TableId("samples");
    pub(in super::super) const STATES: TableId = TableId("states");
    pub(in super::super) const TRAINING: TableId = TableId("training");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const CHAINS: Column = Column("chains");
    pub(in super::super) const ENERGY: Column = Column("energy");
    pub(in super::super) const ENERGY_ERROR: Column = Column("energy_error");
    pub(in super::super) const EPOCH: Column = Column("epoch");
    pub(in super::super) const FIELD_X: Column = Column("field_x");
    pub(in super::super) const FIELD_Y: Column = Column("field_y");
    pub(in super::super) const HIDDEN: Column = Column("hidden");
    pub(in super::super) const LAMBDA: Column = Column("lambda");
    pub(in super::super) const MODE: Column = Column("mode");
    pub(in super::super) const MU_X: Column = Column("mu_x");
    pub(in super::super) const MU_X_ERROR: Column = Column("mu_x_error");
    pub(in super::super) const MU_Y: Column = Column("mu_y");
    pub(in super::super) const MU_Y_ERROR: Column = Column("mu_y_error");
    pub(in super::super) const OFFSET_X: Column = Column("offset_x");
    pub(in super::super) const OFFSET_Y: Column = Column("offset_y");
    pub(in super::super) const OFF_X: Column = Column("off_x");
    pub(in super::super) const OFF_X_ERROR: Column = Column("off_x_error");
    pub(in super::super) const OFF_Y: Column = Column("off_y");
    pub(in super::super) const OFF_Y_ERROR: Column = Column("off_y_error");
    pub(in super::super) const RUNS: Column = Column("runs");
    pub(in super::super) const TRAINED: Column = Column("trained");
    pub(in super::super) const VISIBLE: Column = Column("visible");
    pub(in super::super) const X: Column = Column("x");
    pub(in super::super) const X_ERROR: Column = Column("x_error");
    pub(in super::super) const Y: Column = Column("y");
    pub(in super::super) const Y_ERROR: Column = Column("y_error");
}
