// The models and the text that come with Octavo, so that a first run needs no download.
#pragma once

#include "experiments/evaluation/subject.h"

namespace octavo::experiments {

/// octavo-llama and octavo-gpt as --model call the models of the folder models, unless a file of that name is there.
/// Where the flags name no model they get octavo-llama; where they name neither text nor token ids, the Book of Esther,
/// which the models were not trained on. Throws Error if what is wanted is not installed.
SubjectFlags with_box(SubjectFlags flags);

}  // namespace octavo::experiments
