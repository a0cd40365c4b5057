//! Admission, sequencer, seals, recovery: where proof and judgement meet.
