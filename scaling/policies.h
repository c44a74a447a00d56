// Every scaling policy under one type, and the step that policies with a history take.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "scaling/amax.h"
#include "scaling/cscale.h"
#include "scaling/current.h"
#include "scaling/delayed.h"
#include "scaling/entropy.h"
#include "scaling/least_error.h"
#include "scaling/mx.h"
#include "scaling/nvfp4.h"
#include "scaling/percentile.h"
#include "scaling/unit.h"

namespace octavo::scaling {

using Policy = std::variant<Amax, Cscale, Current, Delayed, Fp8Lm, LeastError, Percentile, Entropy, Unit, Mx, Nvfp4>;

Needs needs(const Policy& policy);

/// True if the scale depends on the tensors of earlier steps.
bool has_history(const Policy& policy);

/// The scale that the policy gives a tensor without a past.
Scale scale(const Policy& policy, const formats::Spec& format, const Observation& observed);

/// The scale of one step of a tensor, which then joins its past. Policies without a history leave `past` as it is.
Scale step(const Policy& policy, const formats::Spec& format, const Observation& observed, AmaxHistory& past);

}  // namespace octavo::scaling
