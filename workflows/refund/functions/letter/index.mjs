// Writes the letter that the customer gets.

let attempts = 0;

export const handler = async (event, context) => {
  attempts += 1;
  if (attempts === 1) {
    const jam = new Error("paper is stuck");
    jam.name = "PrinterJam";
    throw jam;
  }
  const { customer, assessment } = event;
  const verdict = assessment.granted ? "is on its way" : "cannot be granted";
  return {
    letter: `Dear ${customer}, your refund of ${assessment.shown} ${verdict}.`,
    writtenBy: context.invokedFunctionArn,
    stage: process.env.STAGE,
  };
};
