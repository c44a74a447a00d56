// Every scaling policy under one type, and the step that policies with a history take.
#pragma once

#include <optional>
#include <variant>

#include "scaling/policy/amax.h"
#include "scaling/policy/cscale.h"
#include "scaling/policy/current.h"
#include "scaling/policy/delayed.h"
#include "scaling/policy/entropy.h"
#include "scaling/policy/least_error.h"
#include "scaling/policy/mx.h"
#include "scaling/policy/nvfp4.h"
#include "scaling/policy/percentile.h"
#include "scaling/policy/unit.h"

namespace octavo::scaling {

using Policy = std::variant<Amax, Cscale, Current, Delayed, Fp8Lm, LeastError, Percentile, Entropy, Unit, Mx, Nvfp4>;

Needs needs(const Policy& policy);

/// True if the scale depends on the tensors of earlier steps.
bool has_history(const Policy& policy);

/// When the history of a policy that has one advances; at a step for all others.
Advance advances_at(const Policy& policy);

/// What a policy that counts wants counted next; nothing if it can give the scale, as all others can.
std::optional<Binning> next(const Policy& policy, const Observation& observed);

/// The scale that the policy gives a tensor without a past.
Scale scale(const Policy& policy, const formats::Spec& format, const Observation& observed);

/// The scale of the coming step of a tensor with this past. Policies without a history do not read it.
Scale scale(const Policy& policy, const formats::Spec& format, const Observation& observed, const AmaxHistory& past);

/// A step ends whose tensor had this amax: it joins the past. Policies without a history leave `past` as it is.
void advance(const Policy& policy, const formats::Spec& format, AmaxHistory& past, const formats::MeasuredAmax& amax);

}  // namespace octavo::scaling
