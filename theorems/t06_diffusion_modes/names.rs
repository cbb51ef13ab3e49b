//! Names of the tables of the evidence, and of their columns.

pub(super) mod tables {
    use crate::evidence::TableId;

    pub(in super::super) const COUNT: TableId = TableId("count");
    pub(in super::super) const EXTENSIVE: TableId = TableId("extensive");
    pub(in super::super) const FACTORS: TableId = TableId("factors");
    pub(in super::super) const GIBBS: TableId = TableId("gibbs");
    pub(in super::super) const LANGEVIN: TableId = TableId("langevin");
    pub(in super::super) const MODES: TableId = TableId("modes");
    pub(in super::super) const NEAR: TableId = TableId("near");
    pub(in super::super) const RELAXATION: TableId = TableId("relaxation");
    pub(in super::super) const TRAINED: TableId = TableId("trained");
}

pub(super) mod columns {
    use crate::evidence::Column;

    pub(in super::super) const AVERAGED: Column = Column("averaged");
    pub(in super::super) const AWARE: Column = Column("aware");
    pub(in super::super) const BETA_S: Column = Column("beta_s");
    pub(in super::super) const BIAS_AWARE: Column = Column("bias_aware");
    pub(in super::super) const COUNT: Column = Column("count");
    pub(in super::super) const DRAWS: Column = Column("draws");
    pub(in super::super) const ERROR: Column = Column("error");
    pub(in super::super) const EXACT: Column = Column("exact");
    pub(in super::super) const FACTOR: Column = Column("factor");
    pub(in super::super) const G: Column = Column("g");
    pub(in super::super) const GAUSSIAN: Column = Column("gaussian");
    pub(in super::super) const HIDDEN: Column = Column("hidden");
    pub(in super::super) const LAG: Column = Column("lag");
    pub(in super::super) const LAMBDA: Column = Column("lambda");
    pub(in super::super) const MEAN: Column = Column("mean");
    pub(in super::super) const MODE: Column = Column("mode");
    pub(in super::super) const ONSAGER: Column = Column("onsager");
    pub(in super::super) const PLAIN: Column = Column("plain");
    pub(in super::super) const PREDICTED: Column = Column("predicted");
    pub(in super::super) const SPREAD: Column = Column("spread");
    pub(in super::super) const START: Column = Column("start");
    pub(in super::super) const TAIL: Column = Column("tail");
    pub(in super::super) const TIME: Column = Column("time");
    pub(in super::super) const UPDATE: Column = Column("update");
    pub(in super::super) const VISIBLE: Column = Column("visible");
}
