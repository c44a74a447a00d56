// One function a study, each in a file of its own name.
#pragma once

#include "experiments/studies/study.h"

namespace octavo::experiments::studies {

StudyTables inference(Workshop& workshop);
StudyTables fine_tuning(Workshop& workshop);
StudyTables fine_tuning_interval(Workshop& workshop);
StudyTables bias_by_decoder(Workshop& workshop);
StudyTables bias_over_steps(Workshop& workshop);
StudyTables loss_overlap(Workshop& workshop);
StudyTables margin(Workshop& workshop);
StudyTables loss_scale(Workshop& workshop);
StudyTables element_formats(Workshop& workshop);

}  // namespace octavo::experiments::studies
